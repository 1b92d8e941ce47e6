"""Which law: staff's word, then the person's market, then a law cited that can apply, then the seat."""

import pytest

from handlers.law.choosing import ChoiceReason, choose_regime, law_of
from handlers.law.regimes import CALIFORNIA, CALIFORNIA_OPT_OUT, EEA, EU, EU_FR, UK, UnknownRegime, law_for
from handlers.rights import Right


@pytest.mark.parametrize(
    ("facts", "key", "reason"),
    [
        ({"seat": "DE"}, "EU", ChoiceReason.SEAT),
        ({"seat": "FR"}, "EU-FR", ChoiceReason.SEAT),
        ({"seat": "DE-BY"}, "EU", ChoiceReason.SEAT),
        ({"seat": "GB-SCT"}, "UK", ChoiceReason.SEAT),
        ({"seat": "CH"}, "CH", ChoiceReason.SEAT),
        ({"seat": "CA-QC"}, "CA-QC", ChoiceReason.SEAT),
        ({"seat": "CA-ON"}, "CA", ChoiceReason.SEAT),
        # The establishment decides, wherever the person lives (Art. 3(1)) ...
        ({"seat": "DE", "subject_country": "FR"}, "EU", ChoiceReason.SEAT),
        ({"seat": "DE", "subject_country": "GB"}, "EU", ChoiceReason.SEAT),
        # ... unless the company says that it is under the person's law too.
        ({"seat": "DE", "subject_country": "GB", "markets": ("UK",)}, "UK", ChoiceReason.SUBJECT),
        ({"seat": "DE", "subject_country": "FR", "markets": ("UK",)}, "EU", ChoiceReason.SEAT),
        ({"seat": "DE", "subject_country": "US", "markets": ("US-CA",)}, "US-CA", ChoiceReason.SUBJECT),
        ({"seat": "DE", "subject_country": "US-VA", "markets": ("US-CA", "US-VA")}, "US-VA", ChoiceReason.SUBJECT),
        # "US" alone does not say which state's law; the mail may.
        ({"seat": "DE", "subject_country": "US", "markets": ("US-CA", "US-VA")}, "EU", ChoiceReason.SEAT),
        (
            {"seat": "DE", "subject_country": "US", "markets": ("US-CA", "US-VA"), "cited": "US-CA"},
            "US-CA",
            ChoiceReason.CITED,
        ),
        ({"seat": "DE", "markets": ("US-CA",), "cited": "US-CA"}, "US-CA", ChoiceReason.CITED),
        ({"seat": "DE", "cited": "EU"}, "EU", ChoiceReason.CITED),
        # A law that cannot apply here, or that the country on file contradicts, changes nothing.
        ({"seat": "DE", "cited": "US-CA"}, "EU", ChoiceReason.SEAT),
        ({"seat": "DE", "cited": "no such law"}, "EU", ChoiceReason.SEAT),
        ({"seat": "DE", "subject_country": "PL", "markets": ("US-CA",), "cited": "US-CA"}, "EU", ChoiceReason.SEAT),
        # Outside of the Union: persons in it have the GDPR (Art. 3(2)), others the law of the seat.
        ({"seat": "GB", "subject_country": "DE"}, "EU", ChoiceReason.TARGETING),
        ({"seat": "GB", "subject_country": "US"}, "UK", ChoiceReason.SEAT),
        ({"seat": "JP"}, "EU", ChoiceReason.DEFAULT),
        ({"seat": "DE", "subject_country": "GB", "markets": ("UK",), "staff_choice": "CH"}, "CH", ChoiceReason.STAFF),
    ],
)
def test_the_law_and_its_reason(facts: dict[str, str], key: str, reason: ChoiceReason) -> None:
    choice = choose_regime(**facts)
    assert (choice.regime.key, choice.reason) == (key, reason)


@pytest.mark.parametrize("facts", [{"staff_choice": "GDPR"}, {"markets": ("XX",)}])
def test_an_unknown_law_names_those_there_are(facts: dict[str, str]) -> None:
    with pytest.raises(UnknownRegime, match=r"there is no law '(GDPR|XX)'; write one of EU, EU-FR, UK"):
        choose_regime(seat="DE", **facts)


def test_every_member_state_is_under_the_gdpr() -> None:
    assert len(EEA) == 30
    assert {law_of(country) for country in EEA} == {EU, EU_FR}


def test_california_has_its_own_procedure_for_opting_out() -> None:
    assert law_for(Right.WITHDRAWAL, CALIFORNIA) is CALIFORNIA_OPT_OUT
    assert law_for(Right.ACCESS, CALIFORNIA) is CALIFORNIA
    assert law_for(Right.WITHDRAWAL, UK) is UK
