"""The states of a request and where each can lead, drawn from the one table that decides."""

from collections.abc import Iterator

from handlers.tickets import ALLOWED, Status

TITLES = ("state", "can become")
SETTLED_NOTE = "nothing: it is settled"


def rows() -> list[tuple[str, ...]]:
    """Return each state with those that it can become."""
    return [(status, ", ".join(_after(status)) or SETTLED_NOTE) for status in Status]


def mermaid() -> str:
    """Return the table as a Mermaid state diagram."""
    return "\n".join(["stateDiagram-v2", *_arrows()])


def _arrows() -> Iterator[str]:
    yield f"    [*] --> {Status.RECEIVED}"
    for status in Status:
        for after in _after(status) or ["[*]"]:
            yield f"    {status} --> {after}"


def _after(status: Status) -> list[str]:
    return [after for after in Status if after in ALLOWED[status]]
