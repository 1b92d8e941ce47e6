import pytest

from nlp.strip import own_words, strip

QUOTED = [
    "On Mon, 3 Nov 2025 at 10:12, Privacy Desk <privacy@example.org> wrote:",
    "Am 3. November 2025 um 10:12 schrieb Datenschutz <privacy@example.org>:",
    "Am 3.11. schrieben Sie:",
    "W dniu 3.11.2025 o 10:12 Biuro <privacy@example.org> napisał(a):",
    "Dňa 3. 11. 2025 o 10:12 Ochrana údajov <privacy@example.org> napísal(a):",
    "po 3. 11. 2025 o 10:12 Ochrana údajov napísala:",
]


@pytest.mark.parametrize("attribution", QUOTED)
def test_strip_cuts_a_quoted_reply_with_its_attribution(attribution: str) -> None:
    body = f"Thanks, all sorted.\n\n{attribution}\n> Please delete my account."
    assert strip(subject="Re: Account", body=body) == "Thanks, all sorted."


@pytest.mark.parametrize("attribution", QUOTED)
def test_strip_cuts_an_unmarked_quotation(attribution: str) -> None:
    body = f"Thanks, all sorted.\n\n{attribution}\n\nPlease delete my account."
    assert strip(subject="Re: Account", body=body) == "Thanks, all sorted."


def test_strip_knows_an_attribution_broken_over_two_lines() -> None:
    attribution = "Am Montag, 3. November 2025 um 10:12 Uhr schrieb\nDatenschutz <privacy@example.org>:"
    assert strip(subject="AW: Konto", body=f"Danke.\n\n{attribution}\n> Löschen Sie mich.") == "Danke."


@pytest.mark.parametrize(
    "header",
    [
        "From: Desk <privacy@example.org>\nSent: Monday\nTo: Ann\nSubject: Account",
        "Von: Desk\nGesendet: Montag\nAn: Ann\nBetreff: Konto",
        "Od: Biuro\nWysłano: poniedziałek\nDo: Anna\nTemat: Konto",
        "Od: Ochrana\nOdoslané: pondelok\nKomu: Anna\nPredmet: Účet",
        "-----Original Message-----\nFrom: Desk",
        "-----Ursprüngliche Nachricht-----\nVon: Desk",
    ],
)
def test_strip_cuts_below_the_head_of_another_mail(header: str) -> None:
    assert strip(subject="Re: Account", body=f"Fine with me.\n\n{header}\n\nPlease delete me.") == "Fine with me."


def test_strip_keeps_answers_between_quoted_lines() -> None:
    body = "> Which address?\nLindenweg 12\n> And the newsletter?\nStop it, please."
    assert strip(subject="Re: Questions", body=body) == "Lindenweg 12\nStop it, please."


@pytest.mark.parametrize(
    ("subject", "marker"),
    [
        ("Fwd: delete me", ""),
        ("WG: Löschung", ""),
        ("PD: usunięcie", ""),
        ("customer", "---------- Forwarded message ---------"),
        ("Kunde", "-------- Weitergeleitete Nachricht --------"),
        ("klient", "---------- Przekazana wiadomość ---------"),
        ("zákazník", "---------- Preposlaná správa ---------"),
    ],
)
def test_strip_keeps_a_forwarded_request(subject: str, marker: str) -> None:
    body = f"For you.\n{marker}\nFrom: Ann\nSubject: hi\n\n> Please delete my account."
    assert "Please delete my account." in strip(subject=subject, body=body)


def test_strip_keeps_everything_if_only_a_quotation_was_sent() -> None:
    assert strip(subject="", body="> Please delete my account.") == "> Please delete my account."


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nAnn Sample\nUnsubscribe Ltd",
        "This e-mail and any attachments are confidential. Delete it if it is not for you.",
        "Diese E-Mail enthält vertrauliche Informationen. Bitte löschen Sie sie.",
        "Ta wiadomość zawiera informacje poufne. Prosimy ją usunąć.",
        "Táto správa obsahuje dôverné informácie. Vymažte ju.",
        "Sent from my phone",
        "Von meinem iPhone gesendet",
        "Wysłane z iPhone'a",
        "Odoslané z iPhonu",
    ],
)
def test_strip_cuts_signatures_and_disclaimers(tail: str) -> None:
    assert strip(subject="", body=f"What do you know about me?\n{tail}") == "What do you know about me?"


@pytest.mark.parametrize(
    "quoted",
    [
        "> write this code: 123 456",
        "On 22 November 2026 Example Shop wrote:\n> write this code: 123 456",
        "Am 22.11.2026 schrieb Example Shop:\n\n> Code: 123 456",
        "W dniu 22.11.2026 Example Shop napisał(a):\n> kod: 123 456",
        "Dňa 22.11.2026 Example Shop napísal(a):\n> kód: 123 456",
        "-----Original Message-----\nFrom: Example Shop\nSent: Sunday\n\nwrite this code: 123 456",
        "From: Example Shop\nSent: Sunday\nTo: Emma\nSubject: Please confirm\n\nwrite this code: 123 456",
        "---------- Forwarded message ---------\nFrom: Example Shop\n\nwrite this code: 123 456",
    ],
)
@pytest.mark.parametrize("words", ["", "That was not me."])
def test_own_words_hold_nothing_of_another_mail(quoted: str, words: str) -> None:
    assert own_words(f"{words}\n\n{quoted}\n") == words


def test_own_words_above_a_quotation_are_kept() -> None:
    assert own_words("123 456\n\nEmma\n\nExample Shop wrote:\n> code: 654 321\n") == "123 456\n\nEmma"
