"""What a card and the details say of other tickets of the same person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.slack.words import Words

Content = Mapping[str, Any]
# Who decides needs the count and the newest; a section of a card has an end.
EARLIER_SHOWN = 5


def repeat_lines(repeats: Sequence[Content], words: Words) -> Iterator[str]:
    """Yield what was answered before, and whether it was often."""
    for repeat in repeats:
        earlier = [
            words("card.repeat_answer", reference=one["reference"], date=words.day(one["answered_on"]))
            for one in repeat["earlier"][-EARLIER_SHOWN:]
        ]
        right, count = words(f"rights.{repeat['right']}"), len(repeat["earlier"])
        yield words("card.repeat", right=right, count=count, earlier=", ".join(earlier))
        if repeat["perhaps_excessive"]:
            yield words("card.perhaps_excessive")


def tie_lines(ties: Content, words: Words) -> Iterator[str]:
    """Yield which other tickets to look at."""
    if ties["merged_into"]:
        yield words("card.merged_into", reference=ties["merged_into"])
    if ties["merged"]:
        yield words("card.merged", references=", ".join(ties["merged"]))
    if ties["split_from"]:
        yield words("card.split_from", reference=ties["split_from"])
    if ties["related"]:
        yield words("card.related", references=", ".join(ties["related"]))
