"""The bot as a process of its own, which can be told at which step to kill itself.

Modules and model are loaded once, then each order (a line of JSON on standard input) is forked off as a bot; one lives
at a time. The product knows nothing of this: a step is the name of a function, wrapped before the bot starts.
"""

import asyncio
import functools
import inspect
import itertools
import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from bot.app import running
from bot.settings import Settings, load
from nlp.recognise import SpacyRecogniser

RUNNING = "running"
ENDED = "ended"


@dataclass(frozen=True)
class Kill:
    """The step at which the bot kills itself: just before or just after the n-th call of a function."""

    function: str  # dotted
    when: Literal["before", "after"] = "after"
    call: int = 1

    def __str__(self) -> str:
        name = ".".join(self.function.split(".")[-2:])
        return f"{self.when} {name} {self.call}"


@dataclass(frozen=True)
class Order:
    """One bot: its settings file, how far its clock is ahead, and where it dies, if anywhere."""

    settings: str
    days_ahead: int = 0
    kill: Kill | None = None


ORDERS = TypeAdapter(Order)


def arm(kill: Kill) -> None:
    """Put the wrapper in the place of the function; raises AttributeError or ImportError if there is none."""
    path, _, name = kill.function.rpartition(".")
    owner = pkgutil.resolve_name(path)
    setattr(owner, name, _deadly(getattr(owner, name), kill))


def _deadly(function: Callable[..., Any], kill: Kill) -> Callable[..., Any]:
    calls = itertools.count(1)

    def die_if(number: int, when: str) -> None:
        if (number, when) == (kill.call, kill.when):
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        number = next(calls)
        die_if(number, "before")
        result = function(*args, **kwargs)
        die_if(number, "after")
        return result

    @functools.wraps(function)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        number = next(calls)
        die_if(number, "before")
        result = await function(*args, **kwargs)
        die_if(number, "after")
        return result

    return awaited if inspect.iscoroutinefunction(function) else wrapped


def serve() -> None:
    """Fork a bot for every order until standard input ends, and tell when it runs and how it ended."""
    recogniser = SpacyRecogniser.load()
    for line in sys.stdin:
        order = ORDERS.validate_json(line)
        child = os.fork()
        if child == 0:
            _be_the_bot(order, recogniser)
        _, status = os.waitpid(child, 0)
        print(ENDED, os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  (what the test reads)


def _be_the_bot(order: Order, recogniser: SpacyRecogniser) -> None:
    if order.kill is not None:
        arm(order.kill)
    settings = load(Path(order.settings))
    try:
        asyncio.run(_run(settings, recogniser, ahead=timedelta(days=order.days_ahead)))
    finally:
        os._exit(1)  # a bot ends by a signal only; never fall back into the loop that forked it


async def _run(settings: Settings, recogniser: SpacyRecogniser, *, ahead: timedelta) -> None:
    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    async with running(settings, recogniser=recogniser, clock=clock) as app:
        print(RUNNING, os.getpid(), flush=True)  # noqa: T201  (what the test reads)
        if ahead:
            # What the engine's schedule would do at the next full minute.
            await asyncio.to_thread(app.tick)
            app.engine.wake()
        await asyncio.Event().wait()


if __name__ == "__main__":
    serve()
