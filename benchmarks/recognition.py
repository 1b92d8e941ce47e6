"""What reading a mail costs on one core: time per mail by length, loading, memory, size of the model.

Run: python -m benchmarks.recognition [--mails 400]
"""

import argparse
import itertools
import os
import resource
import statistics
import time
from collections.abc import Iterator

from benchmarks.record import record
from nlp.corpus import CORPUS, MAIL_FILES, Mail, read_mails
from nlp.evaluate import size_mb
from nlp.recognise import MODEL, SpacyRecogniser

LONG = 100  # words
WARM_UP = 20  # mails


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mails", type=int, default=400)
    wanted = parser.parse_args().mails
    one_core()
    before = peak_mb()
    start = time.perf_counter()
    recogniser = SpacyRecogniser.load()
    loading = time.perf_counter() - start
    loaded = peak_mb()
    mails = list(itertools.islice(dev_mails(), wanted))
    for mail in mails[:WARM_UP]:
        recogniser.recognise(subject=mail.subject, body=mail.body)
    rows: list[dict[str, object]] = [
        {"what": "load", "seconds": round(loading, 2), "import_mb": round(before), "peak_mb": round(loaded)},
        {"what": "model", "mb": round(size_mb(MODEL), 1)},
    ]
    groups = {"all": mails, "long": [m for m in mails if is_long(m)], "short": [m for m in mails if not is_long(m)]}
    rows += [{"what": f"mails: {name}", **costs(recogniser, group)} for name, group in groups.items()]
    rows.append({"what": "after reading", "peak_mb": round(peak_mb())})
    record("recognition", rows)


def dev_mails() -> Iterator[Mail]:
    """Yield mails that measure, of all languages in turn; the corpus itself is not to fill the memory."""
    files = [[mail for mail in read_mails(path) if mail.is_dev] for path in sorted(CORPUS.glob(MAIL_FILES))]
    for group in itertools.zip_longest(*files):
        yield from filter(None, group)


def one_core() -> None:
    """Keep this process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def costs(recogniser: SpacyRecogniser, mails: list[Mail]) -> dict[str, object]:
    """Return milliseconds per mail."""
    times = []
    for mail in mails:
        start = time.perf_counter()
        recogniser.recognise(subject=mail.subject, body=mail.body)
        times.append(1000 * (time.perf_counter() - start))
    cuts = statistics.quantiles(times, n=20)
    return {"mails": len(mails), "median_ms": round(statistics.median(times), 2), "p95_ms": round(cuts[-1], 2)}


def is_long(mail: Mail) -> bool:
    """Tell whether a mail has more words than most."""
    return len(mail.body.split()) > LONG


def peak_mb() -> float:
    """Return the most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
