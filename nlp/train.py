"""Train everything that is learnt from the corpus: `rightsdesk nlp train`."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from nlp.blend import Blend, inputs_of
from nlp.confidence import Confidence
from nlp.consider import consider
from nlp.corpus import TEACHING_KINDS, Mail, read_corpus
from nlp.language import LanguageFinder
from nlp.lessons import mail_lessons, sentence_lessons, wanted
from nlp.opinions import MODEL_TICKS, Models, Opinions, ask
from nlp.reading import read
from nlp.slots.reader import TICKS as SLOT_TICKS
from nlp.slots.reader import SlotReader

SEED = 7
# Writers whose mails no model sees while the blend learns to weigh the models on them: a writer's mails resemble each
# other, and those of a real inbox resemble nobody's. The letter is the one after the language in a mail's id.
FOLDS = ("t", "u", "c")

Heard = tuple[Mail, Opinions]
OnProgress = Callable[[float], None]  # the share done, 0 to 1


class _Ticks:
    """Counts steps of known number into the share done."""

    def __init__(self, total: int, progress: OnProgress) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def __call__(self) -> None:
        self._done += 1
        self._progress(min(1.0, self._done / self._total))


def train(corpus_dir: Path, out_dir: Path, *, seed: int = SEED, progress: OnProgress) -> None:
    """Learn from the training side of a corpus and write the model into out_dir."""
    mails = [mail for mail in read_corpus(corpus_dir) if not mail.is_dev]
    tick = _Ticks(MODEL_TICKS + SLOT_TICKS + 1, progress)
    finder = LanguageFinder.learn((mail.language, f"{mail.subject}\n{mail.body}") for mail in mails)
    tick()
    models = _learn(mails, seed=seed, tick=tick)
    reader = SlotReader.learn(mails, tick=tick)
    out_dir.mkdir(parents=True, exist_ok=True)
    finder.save(out_dir)
    models.save(out_dir)
    reader.save(out_dir)
    progress(1.0)


def learn_weighing(corpus_dir: Path, *, seed: int = SEED, progress: OnProgress) -> tuple[Blend, Confidence]:
    """Return how to weigh the opinions, and the guess, from models that each did not know the writer of a mail."""
    mails = [mail for mail in read_corpus(corpus_dir) if not mail.is_dev]
    tick = _Ticks(len(FOLDS) * MODEL_TICKS, progress)
    folds = []
    for writers in FOLDS:
        models = _learn([mail for mail in mails if not _is_by(mail, writers)], seed=seed, tick=tick)
        folds.append([(mail, _ask(mail, models)) for mail in mails if _is_by(mail, writers)])
    return weigh(folds)


def weigh(folds: Sequence[Sequence[Heard]]) -> tuple[Blend, Confidence]:
    """Return the blend of all folds, and the confidence in what blends say that did not know a mail's fold."""
    cases, exact = [], []
    for fold in folds:
        blend = _blend([heard for other in folds if other is not fold for heard in other])
        for mail, opinions in fold:
            case = consider(opinions, blend=blend, language=mail.language)
            if case.rights:
                cases.append(case)
                exact.append(set(case.rights) == set(mail.labels))
    return _blend([heard for fold in folds for heard in fold]), Confidence.fit(cases, exact)


def _blend(heard: Sequence[Heard]) -> Blend:
    inputs = np.array([inputs_of(opinions) for _, opinions in heard])
    return Blend.fit(inputs, wanted(mail_lessons(mail for mail, _ in heard)))


def _ask(mail: Mail, models: Models) -> Opinions:
    return ask(read(subject=mail.subject, body=mail.body), language=mail.language, models=models)


def _learn(mails: Sequence[Mail], *, seed: int, tick: Callable[[], None]) -> Models:
    whole, parts = mail_lessons(mails), sentence_lessons(mails)
    return Models.learn(mails=whole, sentences=parts, seed=seed, tick=tick)


def _is_by(mail: Mail, writers: str) -> bool:
    """Tell whether one of these wrote a mail; cores and marked texts teach in every fold."""
    return mail.kind not in TEACHING_KINDS and mail.id.partition("-")[2][:1] in writers
