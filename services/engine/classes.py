"""Classes of loans by how long they are past due."""

from itertools import pairwise

from services.engine.errors import InvalidTerms, WrongType
from services.engine.fields import as_integer, as_list, as_text

Ladder = tuple[tuple[int, str], ...]
FIVE_CLASSES: Ladder = ((0, "special_mention"), (90, "substandard"), (270, "doubtful"), (360, "loss"))
"""Classes by days past due, each from the day after its limit.
Source: Measures for the Risk Classification of Financial Assets of Commercial Banks (China, 2023)."""


def as_ladder(value: object, path: str) -> Ladder:
    """A list of pairs of days past due and a class. Raises EngineError with the path of what is wrong."""
    ladder = as_list(value, path, _step)
    limits = [limit for limit, _ in ladder]
    if not ladder or any(after <= before for before, after in pairwise(limits)):
        raise InvalidTerms(field=path, reason="classes are listed by rising days past due")
    return ladder


def _step(value: object, path: str) -> tuple[int, str]:
    pair = as_list(value, path, lambda item, at: (item, at))
    if len(pair) != 2:
        raise WrongType(field=path, expected="a pair of days past due and the class")
    (days, days_at), (name, name_at) = pair
    return as_integer(days, days_at, 0, 100_000), as_text(name, name_at)
