import random

from handlers.recognition import Correction, Identifiers, Slots
from nlp.slots.lessons import Example
from nlp.slots.swaps import Swaps


def chance(seed: int = 1) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable, not secret


def example(name: str, number: str, *, field: str = "last_name") -> Example:
    text = f"I am {name} now, not Old{name}. Customer {number}.\n{name}"
    slots = Slots(corrections=(Correction(field, f"Old{name}", name),), identifiers=Identifiers(customer_number=number))
    return Example(text=text, language="en", slots=slots, correcting=True, evidence=f"I am {name} now, not Old{name}.")


def test_a_mail_gets_the_values_of_another_wherever_its_own_stood() -> None:
    mine, other = example("Barlow", "4471"), example("Quinn", "9002")
    swaps, order = Swaps([other]), chance()
    both = next(s for _ in range(50) if "Barlow" not in (s := swaps.swapped(mine, order)).text and "4471" not in s.text)
    assert both == other


def test_values_that_belong_to_their_sentence_stay() -> None:
    mine = example("Mr", "4471", field="salutation")
    swaps = Swaps([example("Mrs", "4471", field="salutation")])
    assert all(swaps.swapped(mine, chance(seed)).slots.corrections == mine.slots.corrections for seed in range(9))


def test_a_mail_without_values_stays_as_it_is() -> None:
    mine = Example(text="Hello", language="en", slots=Slots(), correcting=False, evidence="")
    assert Swaps([example("Quinn", "9002")]).swapped(mine, chance()) is mine
