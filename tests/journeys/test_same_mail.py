"""One mail is one ticket, however often and in whatever form it is delivered."""

from email import policy

import pytest

from bot.demo.story import write
from tests.journeys.journey import Journey, plain
from tests.journeys.letters import CONFIRM, RECEIVED

ANNA = "anna.nowak@example.org"
BODY = "Dzień dobry,\n\nproszę usunąć wszystkie moje dane osobowe z Państwa bazy.\n\nPozdrawiam\nAnna Nowak"


async def test_a_mail_that_is_delivered_again_is_kept_once(journey: Journey) -> None:
    raw = write(ANNA, "Usunięcie danych", BODY, now=journey.now).as_bytes(policy=policy.SMTPUTF8)
    await journey.hand_in(raw)
    await journey.hand_in(raw, is_new=False)
    for hop in (b"a.relay.example", b"b.relay.example"):
        received = b"Received: from mx.example.org by " + hop + b"; Tue, 03 Nov 2026 10:00:00 +0100\r\n"
        await journey.hand_in(received + b"Delivered-To: privacy@shop.example\r\n" + raw, is_new=False)
    # The inbox is read in its order, so once the next mail is kept those before it were seen.
    await journey.write(ANNA, "Re: Usunięcie danych", "Jestem na urlopie.", headers={"Auto-Submitted": "auto-replied"})

    assert journey.mail_states() == [("ticket", ""), ("ignored", "auto_reply")]
    assert len(journey.messages) == 1
    await journey.letter(ANNA, RECEIVED["pl"])
    await journey.letter(ANNA, CONFIRM["pl"])
    assert len(await journey.letters(ANNA)) == 2
    assert [entry.event for entry in journey.journal()].count("opened") == 1


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
async def test_a_mail_is_read_however_its_text_was_encoded(journey: Journey, encoding: str) -> None:
    message = write(ANNA, "Usunięcie danych", "", now=journey.now)
    message.set_content(BODY, cte=encoding)
    assert message.keys()[-1] == "Content-Transfer-Encoding", "where many mail programs put it: at the end"
    await journey.send(message)
    assert "- usunięcie Państwa danych\n" in plain(await journey.letter(ANNA, RECEIVED["pl"]))
