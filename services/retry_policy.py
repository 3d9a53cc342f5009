"""How long work waits that failed and is kept: ever longer, and not for ever."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """After the n-th failed attempt `first` x 2^(n - 1), at most `longest`; given up after `attempts` of them."""

    first: timedelta
    longest: timedelta
    attempts: int

    def delay(self, attempts: int) -> timedelta:
        """The wait after that many failed attempts, 1 or more."""
        return min(self.first * (1 << min(attempts - 1, 30)), self.longest)
