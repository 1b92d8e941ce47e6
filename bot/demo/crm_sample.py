"""The sample CRM of the demonstration and the tests: a small shop's customers, all invented."""

import random
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources
from typing import Any

import sqlalchemy as sa
import yaml

CONSENTS = ("email_marketing", "newsletter", "phone", "sms", "post", "profiling", "third_party", "cookies")
LISTS = {"newsletter": "Monthly newsletter", "offers": "Offers of the week"}
# Ages of the named people's invoices; the last is past every country's duty to keep.
INVOICE_AGES = (timedelta(days=200), timedelta(days=900), timedelta(days=12 * 366))
LONGEST_AGE_DAYS = 15 * 365
CENT = Decimal("0.01")

Rows = dict[str, list[dict[str, object]]]

metadata = sa.MetaData()


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _of(table: str, *, nullable: bool = False) -> sa.Column[int]:
    column = f"{table.removesuffix('s')}_id"
    return sa.Column(column, sa.ForeignKey(f"{table}.id"), nullable=nullable, index=True)


def _index_address(table: sa.Table) -> None:
    """Index the table's address as it is compared; MariaDB compares without case anyway and indexes columns only."""
    name, column = f"{table.name}_by_email", table.c.email
    sa.Index(name, sa.func.lower(sa.func.trim(column))).ddl_if(
        callable_=lambda *_, dialect, **__: not _is_mariadb(dialect)
    )
    sa.Index(name, column).ddl_if(callable_=lambda *_, dialect, **__: _is_mariadb(dialect))


def _is_mariadb(dialect: sa.Dialect) -> bool:
    return dialect.name in ("mysql", "mariadb")


customers = sa.Table(
    "customers",
    metadata,
    _key(),
    sa.Column("customer_number", sa.String(40), nullable=False, unique=True),
    sa.Column("email", sa.String(254)),
    sa.Column("salutation", sa.String(40)),
    sa.Column("first_name", sa.String(80)),
    sa.Column("last_name", sa.String(80)),
    sa.Column("phone", sa.String(40)),
    sa.Column("birth_date", sa.Date),
    sa.Column("company", sa.String(120)),
    sa.Column("iban", sa.String(34)),
    sa.Column("language", sa.String(2)),
    sa.Column("country", sa.String(2)),
    sa.Column("created_on", sa.Date, nullable=False),
    sa.Column("no_marketing", sa.Boolean, nullable=False, default=False),
    sa.Column("restricted", sa.Boolean, nullable=False, default=False),
    sa.Column("erased", sa.Boolean, nullable=False, default=False),
)
_index_address(customers)

addresses = sa.Table(
    "addresses",
    metadata,
    _key(),
    _of("customers"),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("street", sa.String(120)),
    sa.Column("postcode", sa.String(12)),
    sa.Column("city", sa.String(80)),
    sa.Column("country", sa.String(2)),
)
orders = sa.Table(
    "orders",
    metadata,
    _key(),
    _of("customers"),
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("ordered_on", sa.Date, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("total", sa.Numeric(10, 2), nullable=False),
)
order_items = sa.Table(
    "order_items",
    metadata,
    _key(),
    _of("orders"),
    sa.Column("product", sa.String(80), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("price", sa.Numeric(10, 2), nullable=False),
)
invoices = sa.Table(
    "invoices",
    metadata,
    _key(),
    _of("customers"),
    _of("orders", nullable=True),
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("total", sa.Numeric(10, 2), nullable=False),
    sa.Column("billing_name", sa.String(160), nullable=False),
    sa.Column("billing_address", sa.String(240), nullable=False),
    sa.Column("billing_email", sa.String(254)),
    sa.Column("seller_country", sa.String(2), nullable=False),
)
notes = sa.Table(
    "notes",
    metadata,
    _key(),
    _of("customers"),
    sa.Column("written_on", sa.Date, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
consents = sa.Table(
    "consents",
    metadata,
    _key(),
    _of("customers"),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
    sa.Column("recorded_on", sa.Date, nullable=False),
)
mailing_lists = sa.Table(
    "mailing_lists",
    metadata,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
)
list_members = sa.Table(
    "list_members",
    metadata,
    _key(),
    sa.Column("list_code", sa.ForeignKey("mailing_lists.code"), nullable=False),
    sa.Column("email", sa.String(254), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("joined_on", sa.Date, nullable=False),
)
_index_address(list_members)
interactions = sa.Table(
    "interactions",
    metadata,
    _key(),
    _of("customers"),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("subject", sa.String(160)),
    sa.Column("body", sa.Text),
)


@dataclass(frozen=True)
class _Source:
    """The invented words of crm_people.yaml."""

    named: Sequence[Mapping[str, str]]
    countries: Mapping[str, Mapping[str, Any]]
    products: Sequence[str]
    companies: Sequence[str]
    notes: Sequence[str]
    interactions: Sequence[tuple[str, str, str]]


def build(url: str, *, seed: int = 7, people: int = 300, today: date) -> None:
    """Fill an empty database with `people` customers, the named ones first; the same arguments give the same rows.

    Raises ValueError if the database holds tables already.
    """
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        if sa.inspect(engine).get_table_names():
            raise ValueError("the database holds tables already; the sample CRM is built into an empty one only")
        rows = _Builder(random.Random(seed), _source(), today).rows(people)  # noqa: S311 - invented people, no secret
        with engine.begin() as connection:
            _fill(connection, rows)
    finally:
        engine.dispose()


def _source() -> _Source:
    text = resources.files(__package__).joinpath("crm_people.yaml").read_text(encoding="utf-8")
    return _Source(**yaml.safe_load(text))


def _fill(connection: sa.Connection, rows: Rows) -> None:
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        connection.execute(sa.insert(table), rows[table.name])
        if connection.dialect.name == "postgresql" and "id" in table.c:
            # The keys were given, so the sequence has to be told where to go on.
            connection.execute(
                sa.text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}")  # noqa: S608 - own table names
            )


class _Builder:
    """Draws the rows; each draw depends on the seed and the draws before it alone."""

    def __init__(self, draw: random.Random, source: _Source, today: date) -> None:
        self._draw = draw
        self._source = source
        self._today = today
        self._rows: Rows = {table.name: [] for table in metadata.sorted_tables}

    def rows(self, people: int) -> Rows:
        self._rows["mailing_lists"] = [{"code": code, "name": name} for code, name in LISTS.items()]
        named = self._source.named[:people]
        for person in named:
            self._add_person(person, invoice_ages=INVOICE_AGES)
        for number in range(len(named) + 1, people + 1):
            ages = [timedelta(days=self._draw.randrange(LONGEST_AGE_DAYS)) for _ in range(self._draw.randrange(4))]
            self._add_person(self._invent(number), invoice_ages=ages)
        return self._rows

    def _invent(self, number: int) -> Mapping[str, str]:
        country = self._draw.choice(sorted(self._source.countries))
        words = self._source.countries[country]
        first_name, last_name = self._draw.choice(words["first_names"]), self._draw.choice(words["last_names"])
        mailbox = f"{_ascii(first_name)}.{_ascii(last_name)}{number}"
        email = f"{mailbox}@{self._draw.choice(['mail.example', 'post.example', 'example.com'])}"
        return {"email": email, "first_name": first_name, "last_name": last_name, "country": country}

    def _add_person(self, person: Mapping[str, str], *, invoice_ages: Sequence[timedelta]) -> None:
        words = self._source.countries[person["country"]]
        customer = {
            "customer_number": f"K-{10_001 + len(self._rows['customers'])}",
            "phone": f"{words['phone']} {self._draw.randrange(10**6, 10**7)}",
            "birth_date": date(1950, 1, 1) + timedelta(days=self._draw.randrange(20_000)),
            "company": self._draw.choice([None, None, *self._source.companies]),
            "language": words["language"],
            "created_on": self._today - timedelta(days=LONGEST_AGE_DAYS),
            **person,
        }
        key = self._add("customers", customer)
        home = self._add_addresses(key, person["country"], words)
        for age in invoice_ages:
            self._add_purchase(key, customer, home, self._today - age)
        self._add_talk(key, customer, pieces=max(2, len(invoice_ages)))
        self._add_mailings(key, customer)

    def _add_addresses(self, key: int, country: str, words: Mapping[str, Any]) -> str:
        for kind in ("delivery", "home"):
            postcode, city = self._draw.choice(words["cities"])
            street = self._street(country, self._draw.choice(words["streets"]))
            address = {"street": street, "postcode": str(postcode), "city": city, "country": country}
            self._add("addresses", {"customer_id": key, "kind": kind, **address})
        return f"{street}, {city} {postcode}" if country == "GB" else f"{street}, {postcode} {city}"

    def _street(self, country: str, name: str) -> str:
        number = self._draw.randrange(1, 90)
        return f"{number} {name}" if country in ("GB", "FR") else f"{name} {number}"

    def _add_purchase(self, key: int, customer: Mapping[str, object], address: str, day: date) -> None:
        items = list(self._items())
        total = sum((item["price"] * item["quantity"] for item in items), Decimal(0))
        number = len(self._rows["orders"]) + 1
        order = self._add(
            "orders",
            {"customer_id": key, "number": f"O-{number:06}", "ordered_on": day, "status": "delivered", "total": total},
        )
        for item in items:
            self._add("order_items", {"order_id": order, **item})
        invoice = {
            "number": f"I-{number:06}",
            "issued_on": day + timedelta(days=1),
            "total": total,
            "billing_name": f"{customer['first_name']} {customer['last_name']}",
            "billing_address": address,
            "billing_email": customer["email"],
            "seller_country": customer["country"],
        }
        self._add("invoices", {"customer_id": key, "order_id": order, **invoice})

    def _items(self) -> Iterator[dict[str, Any]]:
        for product in self._draw.sample(self._source.products, k=self._draw.randrange(1, 4)):
            price = (Decimal(self._draw.randrange(500, 9000)) / 100).quantize(CENT)
            yield {"product": product, "quantity": self._draw.randrange(1, 4), "price": price}

    def _add_talk(self, key: int, customer: Mapping[str, object], *, pieces: int) -> None:
        for text in self._draw.sample(self._source.notes, k=pieces):
            note = {"written_on": self._day(), "body": text.format(**customer)}
            self._add("notes", {"customer_id": key, **note})
        for channel, subject, body in self._draw.sample(self._source.interactions, k=pieces):
            contact = {"channel": channel, "subject": subject, "body": body.format(**customer)}
            self._add("interactions", {"customer_id": key, "happened_on": self._day(), **contact})

    def _add_mailings(self, key: int, customer: Mapping[str, object]) -> None:
        for purpose in CONSENTS:
            granted = purpose in ("email_marketing", "newsletter", "post") or self._draw.random() < 0.5  # noqa: PLR2004 - half
            consent = {"purpose": purpose, "granted": granted, "recorded_on": self._day()}
            self._add("consents", {"customer_id": key, **consent})
        for code in LISTS:
            member = {"email": customer["email"], "status": "subscribed", "joined_on": self._day()}
            self._add("list_members", {"list_code": code, **member})

    def _day(self) -> date:
        return self._today - timedelta(days=self._draw.randrange(1, 1000))

    def _add(self, table: str, row: Mapping[str, object]) -> int:
        rows = self._rows[table]
        rows.append({"id": len(rows) + 1, **row})
        return len(rows)


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().replace("ł", "l").replace("ß", "ss"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
