"""Letter groups as hashes: parts of words, by which both languages and wishes are told even where they are misspelt."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads hashes
_MIX = np.uint64(0xD6E8FEB86659FD93)


def letter_groups(text: str, sizes: range) -> Iterator[Hashes]:
    """Yield the hashes of all groups of each size; sizes are consecutive and end where the text does."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    rolling = letters
    for size in range(2, sizes.stop):
        if len(letters) < size:
            return
        rolling = rolling[: len(letters) - size + 1] * ODD + letters[size - 1 :]
        if size in sizes:
            yield rolling * _MIX + np.uint64(size)


def rows_of(hashes: Hashes, *, bits: int) -> Rows:
    """Return the row of each hash in a table of 2^bits rows."""
    return ((hashes * ODD) >> np.uint64(64 - bits)).astype(np.int64)
