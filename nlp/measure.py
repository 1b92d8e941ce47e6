"""How well mails were read: figures counted from verdicts beside labels. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handlers.recognition import Decision, Recognition
from handlers.rights import Right
from nlp.corpus import Mail

ALL = "all"
NONE = "none"

Confusion = Mapping[tuple[str, str], int]  # how often (a wanted right or NONE, a guessed one or NONE)


@dataclass(frozen=True)
class Reading:
    """A labelled mail and what the recogniser made of it."""

    mail: Mail
    found: Recognition

    @property
    def wanted(self) -> frozenset[Right]:
        """What the mail asks for."""
        return frozenset(self.mail.labels)

    @property
    def guessed(self) -> frozenset[Right]:
        """What the recogniser takes it to ask for."""
        return frozenset(asked.right for asked in self.found.asked)

    @property
    def is_exact(self) -> bool:
        """Tell whether the guess is the whole truth."""
        return self.guessed == self.wanted

    def decided(self, decision: Decision) -> bool:
        """Tell whether this was decided."""
        return self.found.decision is decision


@dataclass(frozen=True)
class Figures:
    """How well one right, or NONE, was found."""

    right: str
    precision: float
    recall: float
    f1: float
    mails: int


@dataclass(frozen=True)
class Report:
    """The measure of one language, or of ALL."""

    language: str
    mails: int
    figures: tuple[Figures, ...]  # of each right, then of NONE
    macro_f1: float  # mean over the seven rights
    exact: float  # share of mails whose set of rights was guessed without fault
    act_coverage: float  # share of requests acted on without a person
    act_precision: float  # share of those acted on whose set of rights was right
    false_deletions: int  # acted on as deletion where none was asked
    silent_nones: float  # share of requests taken for nothing
    none_recall: float  # share of mails that ask nothing of which nothing was guessed
    none_coverage: float  # share of mails that ask nothing and were laid aside without a person
    language_found: float


def measure(readings: Sequence[Reading]) -> tuple[Report, ...]:
    """Return a report over all, and one for each language."""
    languages = sorted({reading.mail.language for reading in readings})
    groups = ((language, [r for r in readings if r.mail.language == language]) for language in languages)
    return (_report(ALL, readings), *(_report(language, group) for language, group in groups))


def confusion(readings: Sequence[Reading]) -> Confusion:
    """Return what each wanted right was taken for: itself, or else all that was guessed in excess, or NONE."""
    pairs: Counter[tuple[str, str]] = Counter()
    for reading in readings:
        excess = [right.value for right in reading.guessed - reading.wanted]
        for right in reading.wanted or {None}:
            name = right.value if right else NONE
            if right in reading.guessed or not (right or reading.guessed):
                pairs[name, name] += 1
            else:
                pairs.update((name, other) for other in excess or [NONE])
    return pairs


def _report(language: str, readings: Sequence[Reading]) -> Report:
    requests = [reading for reading in readings if reading.wanted]
    others = [reading for reading in readings if not reading.wanted]
    acted = [reading for reading in readings if reading.decided(Decision.ACT)]
    figures = tuple(_figures(right, readings) for right in (*Right, None))
    return Report(
        language=language,
        mails=len(readings),
        figures=figures,
        macro_f1=sum(each.f1 for each in figures[:-1]) / len(Right),
        exact=_share(readings, lambda reading: reading.is_exact),
        act_coverage=_share(requests, lambda reading: reading.decided(Decision.ACT)),
        act_precision=_share(acted, lambda reading: reading.is_exact),
        false_deletions=sum(Right.DELETION in reading.guessed - reading.wanted for reading in acted),
        silent_nones=_share(requests, lambda reading: reading.decided(Decision.NONE)),
        none_recall=_share(others, lambda reading: not reading.guessed),
        none_coverage=_share(others, lambda reading: reading.decided(Decision.NONE)),
        language_found=_share(readings, lambda reading: reading.found.language == reading.mail.language),
    )


def _figures(right: Right | None, readings: Sequence[Reading]) -> Figures:
    wanted = [reading for reading in readings if _has(reading.wanted, right)]
    guessed = [reading for reading in readings if _has(reading.guessed, right)]
    both = sum(_has(reading.guessed, right) for reading in wanted)
    return Figures(
        right=right.value if right else NONE,
        precision=both / max(1, len(guessed)),
        recall=both / max(1, len(wanted)),
        f1=2 * both / max(1, len(guessed) + len(wanted)),
        mails=len(wanted),
    )


def _has(rights: frozenset[Right], right: Right | None) -> bool:
    return not rights if right is None else right in rights


def _share(readings: Sequence[Reading], holds: Callable[[Reading], bool]) -> float:
    return sum(map(holds, readings)) / max(1, len(readings))
