"""Which law a mail cites: every name leads to a law there is, the longest name counts, two laws cancel out."""

import tomllib

import pytest

from handlers.law.citing import NAMES_FILE, law_cited
from handlers.law.regimes import REGIMES

NAMES = tomllib.loads(NAMES_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("Gemäß Art. 15 DSGVO bitte ich um Auskunft.", "EU"),
        ("under article 15 of the gdpr", "EU"),
        ("Under the UK GDPR and the Data Protection Act 2018", "UK"),
        ("zgodnie z RODO", "EU"),
        ("nach dem revDSG", "CH"),
        ("As a California resident I use my rights under the CCPA.", "US-CA"),
        ("Nos termos da LGPD", "BR"),
        ("I want my data.", ""),
        ("the GDPRS of this world", ""),  # no whole word
        ("GDPR or CCPA, whatever", ""),  # two at odds
        ("", ""),
        ("my rights under the UK\n GDPR", "UK"),
        ("my rights under the UK\u00a0GDPR", "UK"),
        ("GENERAL DATA PROTECT\u0130ON REGULAT\u0130ON, art. 15 RODO", "EU"),  # a Turkish keyboard's capitals
    ],
)
def test_law_cited(text: str, law: str) -> None:
    assert law_cited(text) == law


@pytest.mark.parametrize(("law", "name"), [(law, name) for law, names in NAMES.items() for name in names])
def test_every_name_leads_to_its_law(law: str, name: str) -> None:
    assert law in REGIMES
    assert law_cited(f"… {name.upper()}, please") == law


def test_a_long_text_without_a_law_is_read_quickly() -> None:
    assert law_cited("General Data Protection " * 50_000) == ""
