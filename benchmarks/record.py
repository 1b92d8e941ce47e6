"""Writing measurements down, with the machine."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("results")


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "sqlalchemy": version("sqlalchemy"),
        "dbos": version("dbos"),
        "spacy": version("spacy"),
    }


def record(name: str, rows: list[dict[str, object]]) -> Path:
    """Write rows to results/<name>.json, and print them."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    stamped = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "rows": rows}
    path.write_text(json.dumps(stamped, indent=1) + "\n")
    for row in rows:
        print(json.dumps(row))
    return path
