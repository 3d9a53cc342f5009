"""A machine that found nothing is not asked again until something may have changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from simulation.machine import Machine
from simulation.stillness import Stillness
from simulation.town import Town

MORNING = datetime(2026, 3, 2, tzinfo=UTC)
DUE = MORNING + timedelta(minutes=5)


@dataclass
class Scene:
    """A town with one machine, for which something is due in five minutes."""

    now: datetime = MORNING
    mishaps: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(changes=0, fired=[]))
    asked: int = 0

    def __post_init__(self) -> None:
        self.clock = SimpleNamespace(now=lambda: self.now)
        self._machine = SimpleNamespace(name="A", lives=1, next_due_at=self._next_due_at)
        self.alive = [self._machine]
        self.stillness = Stillness(cast("Town", self))

    async def _next_due_at(self) -> datetime:
        self.asked += 1
        return DUE

    @property
    def machine(self) -> Machine:
        return cast("Machine", self._machine)


async def test_who_found_nothing_finds_nothing_until_something_falls_due() -> None:
    scene = Scene()
    assert await scene.stillness.may_find(scene.machine)
    scene.stillness.found_nothing(scene.machine)
    assert not await scene.stillness.may_find(scene.machine)
    scene.now = DUE
    assert await scene.stillness.may_find(scene.machine)
    assert scene.asked == 1


@pytest.mark.parametrize(
    "happens",
    [
        lambda scene: setattr(scene.mishaps, "changes", 1),
        lambda scene: scene.mishaps.fired.append("a fault"),
        lambda scene: setattr(scene.machine, "lives", 2),
    ],
    ids=["the database changed", "a fault struck", "the machine began anew"],
)
async def test_after_whatever_may_have_changed_something_it_looks_again(happens: Callable[[Scene], None]) -> None:
    scene = Scene()
    scene.stillness.found_nothing(scene.machine)
    happens(scene)
    assert await scene.stillness.may_find(scene.machine)
