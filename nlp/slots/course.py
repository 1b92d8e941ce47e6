"""The course of learning that the networks of the details share: a rate that rises at first, then falls."""

from thinc.api import Adam

BATCH = 16
RATE = 0.002
WARM_UP = 100  # steps
LEAST_RATE = 0.02  # of RATE, at the end
SLOPE = 4.0  # of the sums over what a mail is asked, shared by the mails of a batch


class Course:
    """An optimizer that knows how far it has come."""

    def __init__(self) -> None:
        self.optimizer = Adam(RATE, L2_is_weight_decay=True, L2=0.01, grad_clip=1.0, use_averages=True)
        self._done = 0

    def begin_step(self, *, of: int) -> None:
        """Set the rate for the next of so many steps."""
        self._done += 1
        self.optimizer.learn_rate = RATE * min(1.0, self._done / WARM_UP, max(LEAST_RATE, 1 - self._done / of))
