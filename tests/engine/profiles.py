"""How many examples the engine's property tests draw: few by default, more where ENGINE_EXAMPLES multiplies them."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("ENGINE_EXAMPLES", "1"))


def examples(count: int = 60) -> settings:
    """Settings that draw `count` examples, or that many times more in a thorough run."""
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(max_examples=count * TIMES, deadline=None, suppress_health_check=slow)
