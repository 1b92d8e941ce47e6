import random

from handlers.recognition import Correction, Identifiers, Slots
from nlp.slots.fillers import LONGEST, Fillers
from nlp.slots.lessons import Example

CHANCE = random.Random(1)  # noqa: S311 - repeatable, not secret
CORRECTING = Example(
    text="I moved to Elm 1",
    language="en",
    slots=Slots(corrections=(Correction("address", "", "Elm 1"),)),
    correcting=True,
    evidence="I moved to Elm 1",
)
ASKING = Example(
    text="Where is parcel TR-1, by Friday?",
    language="en",
    slots=Slots(identifiers=Identifiers(order_number="TR-1"), deadline_mentioned="by Friday"),
    correcting=False,
    evidence="",
)


def test_a_short_mail_gets_company_and_keeps_all_details() -> None:
    beside = Fillers([CORRECTING, ASKING]).beside(CORRECTING, CHANCE)
    assert CORRECTING.text in beside.text
    assert ASKING.text in beside.text
    assert beside.slots.corrections == CORRECTING.slots.corrections
    assert beside.slots.identifiers == ASKING.slots.identifiers
    assert beside.slots.deadline_mentioned == "by Friday"
    assert (beside.correcting, beside.evidence) == (True, CORRECTING.evidence)


def test_a_mail_whose_numbers_would_be_mistaken_for_each_other_keeps_to_itself() -> None:
    own = Example("Order 7, now Elm 1", "en", Slots(identifiers=Identifiers(order_number="7")), True, "")
    assert Fillers([ASKING]).beside(own, CHANCE) is own


def test_long_mails_and_mails_in_other_languages_stay_as_they_are() -> None:
    long = Example("word " * (LONGEST + 1), "en", Slots(), True, "")
    polish = Example("Adres Elm 1", "pl", Slots(), True, "")
    fillers = Fillers([ASKING])
    assert fillers.beside(long, CHANCE) is long
    assert fillers.beside(polish, CHANCE) is polish
