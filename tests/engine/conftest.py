"""What holds for every test of the engine: nothing that an earlier run in the same process computed is taken over."""

import sys

import pytest


@pytest.fixture(scope="session", autouse=True)
def _empty_caches() -> None:
    """Mutation testing forks its runs from a process in which the tests have run before."""
    for name, module in list(sys.modules.items()):
        if name.startswith("services.engine"):
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
