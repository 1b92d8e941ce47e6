"""Logging of the running bot: our own events, which carry references only, and what libraries warn of."""

import logging

OWN = ("bot", "handlers", "nlp", "storage")
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def set_up(*, verbose: bool) -> None:
    """Log warnings to standard error; with `verbose` also our own lesser events.

    Libraries stay at warnings: below that they log what passes through them, letters and Slack messages included.
    """
    logging.basicConfig(level=logging.WARNING, format=FORMAT)
    for name in OWN:
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.WARNING)


def set_up_quietly() -> None:
    """Log errors only: the demonstration's page shows everything else."""
    logging.basicConfig(level=logging.ERROR, format=FORMAT)
