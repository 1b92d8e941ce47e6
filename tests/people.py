"""Named people with fixed roles, the company that answers them, and tickets of theirs."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from handlers.clocks import fingerprint
from handlers.crm import Action, Change, Copy, Done, Identifier, Person, Plan, PlanStep, TableCopy
from handlers.law.basis import Basis
from handlers.law.calendars import table_version
from handlers.law.choosing import ChoiceReason
from handlers.law.deadlines import Clock
from handlers.policy import Authority, Controller, Policy
from handlers.rights import Right
from handlers.staff import Staff
from handlers.tickets import Request, Requester, Status, Ticket
from handlers.trust import Trust

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, ten o'clock in Berlin

# On file in the CRM.
ANNA = Person("3", "anna.nowak@customer.example", "Anna Nowak", "en", "PL")
BERND = Person("7", "bernd.kaufmann@customer.example", "Bernd Kaufmann", "de", "DE")
# Writes, but nobody has heard of them.
STRANGER = "stranger@elsewhere.example"

# May do everything; a second approver; may only look and decide; a colleague without a role.
OLGA = Staff("U0OLGA", frozenset({"approver", "agent"}), "olga@shop.example")
SIMON = Staff("U0SIMON", frozenset({"approver", "agent"}), "simon@shop.example")
GRETA = Staff("U0GRETA", frozenset({"agent"}), "greta@shop.example")
GUEST = Staff("U0GUEST", frozenset())
# An approver who is a customer too.
ANNA_AT_WORK = Staff("U0ANNA", frozenset({"approver", "agent"}), ANNA.email)

SHOP = Controller(
    name="Example Shop Ltd",
    address="privacy@shop.example",
    country="DE",
    zone=ZoneInfo("Europe/Berlin"),
    authority=Authority("Example Authority", "https://authority.example"),
)
POLICY = Policy(
    controller=SHOP,
    languages=("en", "de", "pl", "sk"),
    default_language="en",
    portal_url="https://portal.shop.example/",
    own_addresses=frozenset({SHOP.address}),
    authserv_id="mx.shop.example",
    message_id_domain="rightsdesk.shop.example",
)

BASIS = Basis("EU", ChoiceReason.SEAT, tables=table_version(), reckoned_by=fingerprint(SHOP))
CLOCK = Clock(date(2026, 11, 23), date(2026, 12, 23), date(2026, 12, 23), date(2026, 12, 23), "GDPR Art. 12(3)")

ORDERS = {"en": "Orders", "de": "Bestellungen"}
EMAIL = {"en": "E-mail address", "de": "E-Mail-Adresse"}
COPY = Copy(
    (
        TableCopy(
            name="customers",
            label={"en": "Customer", "de": "Kunde"},
            purpose={"en": "customer care"},
            recipients={"en": "nobody"},
            retention={"en": "three years"},
            columns=("name", "email"),
            column_labels=({"en": "Name"}, EMAIL),
            rows=({"name": ANNA.name, "email": ANNA.email},),
            provided=True,
        ),
        TableCopy(
            name="orders",
            label=ORDERS,
            purpose={"en": "sales"},
            recipients={"en": "carriers"},
            retention={"en": "ten years"},
            columns=("number",),
            column_labels=({"en": "Number"},),
            rows=({"number": 41}, {"number": 42}),
            provided=False,
        ),
    )
)
STEPS = (
    PlanStep("customers", {"en": "Customer", "de": "Kunde"}, Action.DELETE, 1),
    PlanStep("tickets", {"en": "Complaints"}, Action.ANONYMISE, 2),
    PlanStep("orders", ORDERS, Action.KEEP, 2, "§ 147 AO", date(2036, 12, 31)),
)
PLAN = Plan(STEPS, "f" * 16, (ANNA.email, ANNA.name), (Identifier("key", ANNA.key), Identifier("email", ANNA.email)))
DONE = Done(STEPS)
CHANGE = Change("customers", "email", EMAIL, ANNA.email, "anna.new@customer.example")


def noon(day: date) -> datetime:
    """Return the middle of a day in the company's zone."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHOP.zone)


def a_request(right: Right, status: Status = Status.RECEIVED, *, request_id: str = "", **changes: object) -> Request:
    """Return a request; its id is the right's name unless given."""
    return Request(request_id or f"{right}", right, status, **changes)  # type: ignore[arg-type]  # any field


def a_ticket(*requests: Request, **changes: object) -> Ticket:
    """Return Anna's ticket, opened now from a verified mail, with these requests."""
    fields: dict[str, object] = {
        "id": "0123456789abcdef0123456789abcdef",
        "reference": "R-7KQ4M",
        "language": "en",
        "trust": Trust.ALIGNED,
        "clock": CLOCK,
        "received_at": NOW,
        "opened_at": NOW,
        "basis": BASIS,
        "requester": Requester(ANNA.email, ANNA.name, "My data", "mail-1@customer.example", ("mail-0@x.example",)),
        "person": ANNA,
        "requests": requests,
        **changes,
    }
    return Ticket(**fields)  # type: ignore[arg-type]  # any field


def a_mail(
    text: str = "Please send me a copy of my data.",
    *,
    sender: str = f"{ANNA.name} <{ANNA.email}>",
    subject: str = "My data",
    message_id: str = "mail-1@customer.example",
    headers: str = "",
) -> bytes:
    """Return a mail to the privacy inbox, as bytes."""
    return (
        f"{headers}From: {sender}\r\nTo: {SHOP.address}\r\nSubject: {subject}\r\nMessage-ID: <{message_id}>\r\n"
        "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
    ).encode()
