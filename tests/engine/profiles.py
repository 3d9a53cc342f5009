"""How thoroughly the engine's property tests look. HYPOTHESIS_PROFILE names the profile:

`fast`     the default, for every change: the same examples every time, so that no change fails by chance
`nightly`  thousands of examples, others every night
`mutants`  few examples, not made smaller, for mutation testing
"""

import os
from fractions import Fraction

from hypothesis import HealthCheck, Phase, settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "fast")
_TIMES = {"fast": Fraction(1), "nightly": Fraction(30), "mutants": Fraction(1, 6)}


def examples(count: int = 60, nightly: int | None = None) -> settings:
    """Settings for a test that draws `count` examples by default; `nightly` of them at night, else 30 times as many."""
    drawn = nightly if nightly and PROFILE == "nightly" else max(int(count * _TIMES[PROFILE]), 1)
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    thorough = settings(max_examples=drawn, deadline=None, suppress_health_check=slow)
    if PROFILE != "mutants":
        return thorough
    return settings(thorough, phases=(Phase.explicit, Phase.generate))
