"""The seven rights: each has its handler, its procedure and what its section of the answer says."""

import dataclasses
import json
from collections.abc import Mapping
from datetime import date

import pytest

from handlers import access, correction, deletion, objection, portability, restriction, withdrawal
from handlers.by_right import HANDLERS
from handlers.crm import Action, Change, CrmUnavailable, Done, HeldNote
from handlers.desk import NeedsPerson, Outcome
from handlers.links import COPY
from handlers.recognition import Correction
from handlers.rights import COPY_RIGHTS, STOP_RIGHTS, Right
from handlers.tickets import Request, Requester
from tests.fakes import FakeCrm, a_job
from tests.people import ANNA, CHANGE, DONE, NOW, PLAN, POLICY, STRANGER, a_request, a_ticket
from tests.people import COPY as DATA

TODAY = date(2026, 11, 23)
SUMMARY = access.summarise(DATA)


def carried_out(request: Request, *, crm: FakeCrm | None = None, resumed: bool = False) -> Outcome:
    crm = FakeCrm() if crm is None else crm
    job = a_job(a_ticket(request), request, crm=crm, resumed=resumed)
    return HANDLERS[request.right].carry_out(job)


def test_every_right_has_its_handler() -> None:
    assert set(HANDLERS) == set(Right)
    for right, handler in HANDLERS.items():
        assert handler.__name__ == f"handlers.{right}"  # type: ignore[attr-defined]  # a module


@pytest.mark.parametrize("right", sorted(set(Right) - STOP_RIGHTS - {Right.RESTRICTION}))
def test_no_right_is_planned_or_carried_out_without_crm(right: Right) -> None:
    down = FakeCrm(problem=CrmUnavailable())
    request = a_request(right, plan=PLAN, changes=(CHANGE,))
    with pytest.raises(CrmUnavailable):
        HANDLERS[right].prepare(request, ANNA, down, today=TODAY)
    with pytest.raises(CrmUnavailable):
        carried_out(request, crm=down)


@pytest.mark.parametrize("right", [Right.WITHDRAWAL, Right.OBJECTION, Right.RESTRICTION])
def test_these_need_no_plan(right: Right) -> None:
    crm = FakeCrm()
    assert HANDLERS[right].prepare(a_request(right), ANNA, crm, today=TODAY) == a_request(right)
    assert crm.calls == []


def test_access_copies_everything() -> None:
    outcome = carried_out(a_request(Right.ACCESS))
    assert outcome.link is not None
    assert outcome.request == a_request(Right.ACCESS, tables=SUMMARY, link=outcome.link.token)
    assert (outcome.link.kind, outcome.link.expires_at) == (COPY, NOW + access.UNANSWERED_MOST)
    assert len(json.loads(outcome.link.files["json"])["tables"]) == 2
    assert outcome.link.files["xlsx"].startswith(b"PK")
    assert outcome.link.files["html"].startswith(b"<!doctype html>")
    assert len(outcome.link.token) == 32
    assert "PK" not in repr(outcome.link)


def test_portability_copies_what_the_person_provided_for_other_programs() -> None:
    outcome = carried_out(a_request(Right.PORTABILITY))
    assert outcome.link is not None
    assert list(outcome.link.files) == ["json", "zip"]
    assert [table["table"] for table in json.loads(outcome.link.files["json"])["tables"]] == ["customers"]
    assert outcome.request.tables == SUMMARY[:1]


def test_a_letter_lists_the_tables_that_have_rows() -> None:
    empty = dataclasses.replace(DATA.tables[0], rows=())
    assert access.summarise(dataclasses.replace(DATA, tables=(empty, DATA.tables[1]))) == SUMMARY[1:]


def test_an_approver_learns_how_many_notes_are_held() -> None:
    held = HeldNote("0123456789abcdef", "orders", "number", "Rude.")
    tables = (DATA.tables[0], dataclasses.replace(DATA.tables[1], held=(held,), source={"en": "a friend"}))
    crm = FakeCrm(copy=dataclasses.replace(DATA, tables=tables))
    prepared = access.prepare(a_request(Right.ACCESS), ANNA, crm, today=TODAY)
    assert [(table.held, table.source) for table in prepared.tables] == [(0, {}), (1, {"en": "a friend"})]


def test_a_copy_is_fetched_in_the_language_of_the_letters() -> None:
    request = a_request(Right.ACCESS)
    for wished, label in (("de", "Kunde"), ("fr", "Customer")):
        outcome = access.carry_out(a_job(a_ticket(request, language=wished), request, crm=FakeCrm()))
        assert outcome.link is not None
        assert json.loads(outcome.link.files["json"])["tables"][0]["label"] == label


def test_correction_writes_what_was_shown() -> None:
    crm = FakeCrm()
    asked = a_request(Right.CORRECTION, corrections=(Correction("email", "", "anna.new@customer.example"),))
    prepared = correction.prepare(asked, ANNA, crm, today=TODAY)
    assert prepared == dataclasses.replace(asked, changes=(CHANGE,))
    assert carried_out(prepared, crm=crm) == Outcome(dataclasses.replace(prepared, done=DONE))
    assert crm.calls == [("plan_correction", ANNA.key, asked.corrections), ("correct", ANNA.key, (CHANGE,))]


def test_a_correction_that_changes_nothing_needs_a_person() -> None:
    with pytest.raises(NeedsPerson, match=r"^nothing_to_correct$"):
        correction.prepare(a_request(Right.CORRECTION), ANNA, FakeCrm(changes=()), today=TODAY)


@pytest.mark.parametrize("resumed", [False, True])
def test_deletion_carries_out_the_approved_plan(resumed: bool) -> None:
    crm = FakeCrm()
    request = deletion.prepare(a_request(Right.DELETION), ANNA, crm, today=TODAY)
    done = dataclasses.replace(request, done=DONE)
    assert carried_out(request, crm=crm, resumed=resumed) == Outcome(done, erased=PLAN.identifiers)
    assert crm.calls == [("plan_deletion", ANNA.key, TODAY), ("delete", ANNA.key, PLAN, TODAY, resumed)]


def test_nothing_is_deleted_without_a_plan() -> None:
    with pytest.raises(ValueError, match="R-7KQ4M has no plan"):
        carried_out(a_request(Right.DELETION))


@pytest.mark.parametrize("right", sorted(set(Right) - STOP_RIGHTS))
def test_nothing_is_carried_out_without_a_person_on_file(right: Right) -> None:
    request = a_request(right, plan=PLAN)
    with pytest.raises(ValueError, match="has no person on file"):
        HANDLERS[right].carry_out(a_job(a_ticket(request, person=None), request, crm=FakeCrm()))


@pytest.mark.parametrize("right", sorted(STOP_RIGHTS))
@pytest.mark.parametrize(
    ("consents", "stopped"), [(("newsletter",), ("newsletter",)), ((), ()), (("newsletter", "all"), ())]
)
def test_a_stop_is_for_the_senders_address(right: Right, consents: tuple[str, ...], stopped: tuple[str, ...]) -> None:
    crm = FakeCrm(done=Done(()))
    request = a_request(right, consents=consents)
    job = a_job(a_ticket(request, person=None, requester=Requester(STRANGER)), request, crm=crm)
    outcome = HANDLERS[right].carry_out(job)
    assert outcome == Outcome(dataclasses.replace(request, done=Done(())), suppressed=STRANGER)
    assert crm.calls == [("suppress", STRANGER, stopped)]


@pytest.mark.parametrize(
    ("consents", "marketing"),
    [((), False), (("profiling",), False), (("post", "profiling"), False), (("post", "phone"), True), (("all",), True)],
)
def test_only_an_objection_that_names_marketing_takes_effect_at_once(
    consents: tuple[str, ...], marketing: bool
) -> None:
    assert objection.is_marketing(a_request(Right.OBJECTION, consents=consents)) is marketing


def test_restriction_sets_the_flag() -> None:
    crm = FakeCrm()
    request = a_request(Right.RESTRICTION)
    outcome = carried_out(request, crm=crm)
    assert outcome.request == dataclasses.replace(request, done=DONE)
    assert crm.calls == [("restrict", ANNA.key)]


TABLES = [
    {
        "label": "Kunde",
        "purpose": "customer care",
        "recipients": "nobody",
        "retention": "three years",
        "source": "",
        "rows": 1,
    },
    {
        "label": "Bestellungen",
        "purpose": "sales",
        "recipients": "carriers",
        "retention": "ten years",
        "source": "",
        "rows": 2,
    },
]


@pytest.mark.parametrize(
    ("request_", "section"),
    [
        (
            a_request(Right.ACCESS, tables=SUMMARY, link="t0k"),
            {
                "tables": TABLES,
                "url": "https://portal.shop.example/d/t0k",
                "third_countries": (),
                "safeguards": "",
                "automated_decisions": False,
                "automated_logic": "",
            },
        ),
        (
            a_request(Right.PORTABILITY, tables=SUMMARY[:1], link="t0k"),
            {"tables": TABLES[:1], "url": "https://portal.shop.example/d/t0k"},
        ),
        (
            a_request(Right.CORRECTION, changes=(CHANGE,)),
            {"changes": [{"label": "E-Mail-Adresse", "old": ANNA.email, "new": "anna.new@customer.example"}]},
        ),
        (
            a_request(Right.DELETION, done=Done((dataclasses.replace(DONE.steps[0], rows=0), *DONE.steps[1:]))),
            {
                "deleted": [],
                "anonymised": [{"label": "Complaints", "rows": 2, "law": "", "until": None}],
                "kept": [{"label": "Bestellungen", "rows": 2, "law": "§ 147 AO", "until": date(2036, 12, 31)}],
                "shared": [],
            },
        ),
        (
            a_request(
                Right.DELETION, done=Done((dataclasses.replace(DONE.steps[0], action=Action.KEEP, shared=True),))
            ),
            {
                "deleted": [],
                "anonymised": [],
                "kept": [],
                "shared": [{"label": "Kunde", "rows": 1, "law": "", "until": None}],
            },
        ),
        (a_request(Right.DELETION), {"deleted": [], "anonymised": [], "kept": [], "shared": []}),
        (a_request(Right.WITHDRAWAL, consents=("sms", "phone")), {"consents": ["sms", "phone"]}),
        (a_request(Right.WITHDRAWAL, consents=("all",)), {"consents": []}),
        (a_request(Right.OBJECTION, consents=("profiling",)), {}),
        (a_request(Right.RESTRICTION), {}),
    ],
)
def test_what_the_answer_says(request_: Request, section: Mapping[str, object]) -> None:
    assert HANDLERS[request_.right].section(request_, language="de", policy=POLICY) == section


def test_the_procedures_are_those_of_the_law() -> None:
    assert {withdrawal, objection} == {HANDLERS[right] for right in STOP_RIGHTS}
    assert {access, portability} == {HANDLERS[right] for right in COPY_RIGHTS}
    assert HANDLERS[Right.RESTRICTION] is restriction


@pytest.mark.parametrize("old", ["", ANNA.email, ANNA.email.upper()])
def test_a_correction_whose_old_value_is_on_file_is_planned(old: str) -> None:
    request = a_request(Right.CORRECTION, corrections=(Correction("email", old, CHANGE.new),))
    assert correction.prepare(request, ANNA, FakeCrm(changes=(CHANGE,)), today=TODAY).changes == (CHANGE,)


def test_a_correction_whose_old_value_is_not_on_file_was_misread() -> None:
    # "jetzt Peter Berger statt Peter Novak", read as: from Peter to Novak.
    change = Change("customers", "last_name", {"en": "Last name"}, "Novák", "Novak")
    request = a_request(Right.CORRECTION, corrections=(Correction("last_name", "Peter", "Novak"),))
    with pytest.raises(NeedsPerson, match="nothing_to_correct"):
        correction.prepare(request, ANNA, FakeCrm(changes=(change,)), today=TODAY)
    accents = a_request(Right.CORRECTION, corrections=(Correction("last_name", "Novak", "Berger"),))
    assert correction.prepare(accents, ANNA, FakeCrm(changes=(change,)), today=TODAY).changes == (change,)
