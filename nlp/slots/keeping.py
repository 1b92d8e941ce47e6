"""How learned numbers are kept in little space: large tables as bytes, each column by its own scale."""

from collections.abc import Mapping
from typing import Any

import numpy as np

LARGE = 4_000  # numbers; smaller tables are kept at half precision
LEVELS = 127
SCALE = "_scale"

Arrays = Mapping[str, Any]


def narrow(arrays: Arrays) -> dict[str, Any]:
    """Return what to keep of arrays, by their names."""
    kept: dict[str, Any] = {}
    for name, array in arrays.items():
        if array.size < LARGE:
            kept[name] = array.astype(np.float16)
            continue
        scale = np.maximum(np.abs(array).max(axis=0), np.finfo(np.float32).tiny) / LEVELS
        kept[name] = np.rint(array / scale).astype(np.int8)
        kept[f"{name}{SCALE}"] = scale.astype(np.float32)
    return kept


def wide(kept: Arrays) -> dict[str, Any]:
    """Return the arrays of what `narrow` gave."""
    return {
        name: array.astype(np.float32) * kept.get(f"{name}{SCALE}", np.float32(1))
        for name, array in kept.items()
        if not name.endswith(SCALE)
    }
