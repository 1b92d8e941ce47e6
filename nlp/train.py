"""Train the recogniser from the corpus alone: `python -m nlp.train`."""

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.progress import Progress
from spacy.language import Language as Pipeline
from spacy.training import Example
from thinc.api import fix_random_seed

from handlers.rights import Right
from nlp.augment import Lesson, lessons
from nlp.classify import FOLDER, untrained
from nlp.corpus import CORPUS, read_corpus
from nlp.reading import mask
from nlp.second import learn

MODEL = Path(__file__).parent / "model"
SEED = 7
EPOCHS = 9
BATCH = 24
RATE = 0.002
DROPOUT = 0.3

OnProgress = Callable[[float], None]  # the share done, 0 to 1


def train(corpus_dir: Path, out_dir: Path, *, seed: int, progress: OnProgress) -> None:
    """Train both opinions on the training side of the corpus and replace what is in out_dir."""
    taught = lessons((mail for mail in read_corpus(corpus_dir) if not mail.is_dev), seed=seed)
    pipeline = _learn_whole(taught, seed=seed, progress=progress)
    second = learn([lesson.text for lesson in taught], [lesson.rights for lesson in taught], seed=seed)
    shutil.rmtree(out_dir, ignore_errors=True)
    out_dir.mkdir(parents=True)
    # Features are hashed, so the vocabulary is not needed; it would hold the words of the mails.
    pipeline.to_disk(out_dir / FOLDER, exclude=["vocab"])
    second.save(out_dir)
    progress(1.0)


def _learn_whole(taught: Sequence[Lesson], *, seed: int, progress: OnProgress) -> Pipeline:
    fix_random_seed(seed)
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    pipeline = untrained()
    examples = [_example(pipeline, lesson) for lesson in taught]
    optimizer = pipeline.initialize(lambda: examples)
    optimizer.learn_rate = RATE
    for epoch in range(EPOCHS):
        chance.shuffle(examples)
        for start in range(0, len(examples), BATCH):
            pipeline.update(examples[start : start + BATCH], sgd=optimizer, drop=DROPOUT)
        progress((epoch + 1) / (EPOCHS + 1))
    # Averaging the weights over all steps evens out the last batches' chance.
    with pipeline.use_params(optimizer.averages):
        return untrained().from_bytes(pipeline.to_bytes())


def _example(pipeline: Pipeline, lesson: Lesson) -> Example:
    cats = {right.value: float(right in lesson.rights) for right in Right}
    return Example.from_dict(pipeline.make_doc(mask(lesson.text)), {"cats": cats})


def main() -> None:
    """Train on the shipped corpus into the package, with a progress bar."""
    with Progress() as bar:
        task = bar.add_task("Training", total=1.0)
        train(CORPUS, MODEL, seed=SEED, progress=lambda share: bar.update(task, completed=share))


if __name__ == "__main__":
    main()
