"""What [controller] has to say so that no letter lacks it."""

import pytest
from pydantic import ValidationError

from bot.settings import ControllerSection
from handlers.law.authorities import authority_of
from handlers.policy import Authority


def test_the_authority_is_that_of_the_region() -> None:
    assert ControllerSection(country="DE", region="NW").authority == authority_of("DE", "NW")
    assert ControllerSection(country="DE").authority == authority_of("DE")


def test_an_authority_that_is_named_goes_first() -> None:
    named = ControllerSection(country="DE", region="BY", authority_name="Our authority")
    assert named.authority == Authority("Our authority", "")


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"region": "XX"}, "region: the holiday calendar of DE knows no region 'XX'"),
        ({"country": "CH", "region": "ZH"}, "no authority is known for CH-ZH; set authority_name"),
        ({"markets": ["UK", "XY"]}, "there is no law 'XY'; write one of EU, EU-FR, UK"),
        ({"third_countries": ("Japan",)}, "say in safeguards"),
        ({"automated_decisions": True}, "say in automated_logic"),
    ],
)
def test_what_a_letter_would_lack_is_asked_for_at_once(keys: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        ControllerSection.model_validate(keys)


def test_what_protects_data_elsewhere_can_be_said_per_language() -> None:
    section = ControllerSection(third_countries=("Japan",), safeguards={"en": "adequacy decision"})
    assert section.safeguards == {"en": "adequacy decision"}
