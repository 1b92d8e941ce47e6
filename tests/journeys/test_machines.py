"""Mail that machines send about our letters, and mail in a language without letters."""

from email import policy
from email.message import EmailMessage

from bot.demo.story import write
from tests.journeys.journey import Journey, plain, reference_in
from tests.journeys.letters import RECEIVED

EMMA, CAMILLE = "emma.clarke@example.org", "camille@example.org"
BODY = "Hello,\n\nplease send me a copy of all the personal data you hold about me."


async def test_an_automatic_reply_to_our_letter_is_not_answered(journey: Journey) -> None:
    await journey.write(EMMA, "My data", BODY)
    received = await journey.letter(EMMA, RECEIVED["en"])
    before = journey.card(reference_in(received))
    for subject in ("Automatic reply", str(received["Subject"])):
        notice = write(EMMA, subject, "I am out of the office until Monday.", now=journey.now)
        notice["Auto-Submitted"] = "auto-replied"
        notice["In-Reply-To"] = received["Message-ID"]
        await journey.send(notice)

    assert journey.mail_states()[1:] == [("ignored", "auto_reply")] * 2
    assert len(await journey.letters(EMMA)) == 2
    assert journey.card(before.text.partition(":")[0]) == before


async def test_our_own_letter_that_comes_back_is_not_answered(journey: Journey) -> None:
    await journey.write(EMMA, "My data", BODY)
    received = await journey.letter(EMMA, RECEIVED["en"])
    await journey.send(received)
    assert journey.mail_states()[1:] == [("ignored", "loop")]
    assert len(await journey.letters(EMMA)) == 2
    assert len(journey.messages) == 1


async def test_staff_are_told_of_a_letter_that_was_returned(journey: Journey) -> None:
    await journey.write(EMMA, "My data", BODY)
    received = await journey.letter(EMMA, RECEIVED["en"])
    reference = reference_in(received)
    await journey.hand_in(_returned(received, status="5.1.1"))
    await journey.settled()

    assert journey.mail_states()[1:] == [("ignored", "bounce")]
    assert journey.notices(reference) == [f"{reference}: a letter could not be delivered: 5.1.1. Please look at it."]
    assert len(await journey.letters(EMMA)) == 2
    assert await journey.letters("mailer-daemon@mx.example.org") == []


async def test_a_delay_is_nothing_to_tell(journey: Journey) -> None:
    await journey.write(EMMA, "My data", BODY)
    received = await journey.letter(EMMA, RECEIVED["en"])
    await journey.hand_in(_returned(received, status="4.4.1", action="delayed"))
    await journey.settled()
    assert journey.notices(reference_in(received)) == []


async def test_a_mail_in_a_language_without_letters_is_answered_in_the_companys(journey: Journey) -> None:
    await journey.write(
        CAMILLE,
        "Mes données",
        "Bonjour,\n\nje souhaite recevoir une copie de toutes les données personnelles que vous conservez à mon sujet."
        "\n\nCordialement\nCamille Moreau",
    )
    received = await journey.letter(CAMILLE, RECEIVED["en"])
    assert "- a copy of your data (access)" in plain(received)


def _returned(letter: EmailMessage, *, status: str, action: str = "failed") -> bytes:
    """Return the report that a mail server sends about a letter (RFC 3464)."""
    report = (
        f"Reporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {letter['To']}\r\nAction: {action}\r\nStatus: {status}\r\n"
    )
    lines = [
        "Return-Path: <>",
        "From: Mail Delivery System <mailer-daemon@mx.example.org>",
        "To: privacy@shop.example",
        "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <returned.1@mx.example.org>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "Your message could not be delivered.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        report,
        "--b",
        "Content-Type: message/rfc822",
        "",
        letter.as_bytes(policy=policy.SMTP).decode("ascii"),
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode()
