"""Screening: what is set aside, and what must not be lost for looking like it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.mail import Mail, Markers
from handlers.mailbody import Attachment
from handlers.screen import PASSED, Reason, Screened, Verdict, screen

OWN = "privacy@company.example"
REQUEST = Mail(
    message_id="1@customer.example",
    in_reply_to="",
    references=(),
    from_address="anna@customer.example",
    from_name="Anna",
    reply_to="",
    recipients=(OWN,),
    subject="My data",
    sent_at=None,
    arrived_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
    text="Please send me my data.",
    attachments=(),
    markers=Markers(),
    bounce=None,
    authentication_results=(),
    size=1000,
    defects=(),
)
SCAN = Attachment(name="letter.pdf", content_type="application/pdf", size=9)


def screened(mail: Mail) -> Screened:
    return screen(
        mail,
        own_addresses=frozenset({OWN}),
        own_message_id_domains=frozenset({"letters.company.example"}),
        max_bytes=1000,
    )


def quarantined(reason: Reason) -> Screened:
    return Screened(Verdict.QUARANTINED, reason)


def test_a_persons_mail_passes() -> None:
    assert screened(REQUEST) == PASSED


@pytest.mark.parametrize(
    ("markers", "wanted"),
    [
        (Markers(auto_submitted="no"), PASSED),
        (Markers(auto_submitted="auto-replied"), Screened(Verdict.IGNORED, Reason.AUTO_REPLY)),
        (Markers(auto_reply=True), Screened(Verdict.IGNORED, Reason.AUTO_REPLY)),
        (Markers(precedence="auto_reply"), Screened(Verdict.IGNORED, Reason.AUTO_REPLY)),
        # Forms and forwarding services send people's requests this way.
        (Markers(auto_submitted="auto-generated"), quarantined(Reason.AUTO_GENERATED)),
        (Markers(null_return_path=True), quarantined(Reason.AUTO_GENERATED)),
        (Markers(loop=True), Screened(Verdict.IGNORED, Reason.LOOP)),
        (Markers(spam=True), quarantined(Reason.SPAM)),
        (Markers(precedence="bulk"), quarantined(Reason.BULK)),
        (Markers(precedence="junk"), quarantined(Reason.BULK)),
        (Markers(list_unsubscribe=True), quarantined(Reason.BULK)),
        (Markers(precedence="list"), quarantined(Reason.MAILING_LIST)),
        (Markers(list_id="offers.shop.example"), quarantined(Reason.MAILING_LIST)),
        # The privacy inbox is a group: its list is no list.
        (Markers(list_id="privacy.company.example", precedence="list", list_unsubscribe=True), PASSED),
    ],
)
def test_markers_decide(markers: Markers, wanted: Screened) -> None:
    assert screened(replace(REQUEST, markers=markers)) == wanted


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"from_address": ""}, quarantined(Reason.NO_SENDER)),
        ({"from_address": OWN}, quarantined(Reason.OWN_MAIL)),
        ({"from_address": "robot@letters.company.example"}, quarantined(Reason.LOOP)),
        ({"message_id": "R-7KQ4M.1@Letters.Company.example"}, quarantined(Reason.LOOP)),
        ({"from_address": "carla@company.example"}, PASSED),
        ({"size": 1000}, PASSED),
        ({"size": 1001, "text": ""}, quarantined(Reason.OVERSIZED)),
        ({"text": "", "subject": ""}, quarantined(Reason.NO_TEXT)),
        ({"text": ""}, PASSED),
        ({"text": "", "attachments": (SCAN,)}, quarantined(Reason.NO_TEXT)),
        ({"subject": "", "attachments": (SCAN,)}, PASSED),
    ],
)
def test_origin_size_and_content_decide(changes: dict[str, object], wanted: Screened) -> None:
    assert screened(replace(REQUEST, **changes)) == wanted


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Your request",
        "Out of office",
        "Out of the Office until Monday",
        "Automatische Antwort: Ihre Anfrage",
        "Abwesenheitsnotiz",
        "Automatyczna odpowiedź: Potwierdzenie",
        "Odpowiedz automatyczna",
        "Nieobecność w biurze",
        "Automatická odpoveď: Potvrdenie",
        "Neprítomnosť",
    ],
)
def test_an_absence_told_by_its_subject_only_goes_to_a_person(subject: str) -> None:
    assert screened(replace(REQUEST, subject=subject)) == quarantined(Reason.OUT_OF_OFFICE)


@pytest.mark.parametrize(
    "subject", ["Re: Out of office", "AW: Abwesenheitsnotiz", "My out of office data", "Automatic deletion of my data"]
)
def test_a_subject_that_merely_speaks_of_absence_passes(subject: str) -> None:
    assert screened(replace(REQUEST, subject=subject)) == PASSED


def test_a_bounce_that_is_marked_as_a_reply_is_a_bounce() -> None:
    mail = replace(
        REQUEST,
        from_address="postmaster@customer.example",
        markers=Markers(auto_submitted="auto-replied", null_return_path=True),
    )
    assert screened(mail) == Screened(Verdict.BOUNCE, Reason.BOUNCE)


def test_a_postmaster_who_writes_himself_is_a_person() -> None:
    assert screened(replace(REQUEST, from_address="postmaster@customer.example")) == PASSED
