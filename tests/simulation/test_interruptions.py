"""Who acts while machines are at work does so right before something changes, and another machine takes it up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import cast

import pytest

from simulation.carrier import Carrier
from simulation.interruptions import Interruptions
from simulation.town import Town

LOOK, ERRAND, CHANGE = "SELECT applications.id FROM", "UPDATE inbox SET", "UPDATE applications SET"


class Dice(Random):
    """Falls as it is told: `share` for every share, the lowest number otherwise."""

    share = 1.0

    def random(self) -> float:
        return self.share

    def randrange(self, *_: object) -> int:
        return 0


@dataclass
class Scene:
    """A town with machines A and B on one PostgreSQL. `seen` is what happened, in its order."""

    dialect: str = "postgresql"
    machines: str = "AB"
    interruptions: float = 0.0
    seen: list[str] = field(default_factory=list)
    dice: Dice = field(default_factory=Dice)

    def __post_init__(self) -> None:
        self.records = SimpleNamespace(engine=SimpleNamespace(dialect=SimpleNamespace(name=self.dialect)))
        self.alive = [SimpleNamespace(name=name, work=self._work_of(name)) for name in self.machines]
        carrier = SimpleNamespace(bring=self._bring)
        whole = cast("Town", SimpleNamespace(**vars(self), chance=lambda _: self.dice))
        whole.machines = whole.alive
        self.interrupting = Interruptions(whole, cast("Carrier", carrier))
        self._town = whole

    def _work_of(self, name: str) -> Callable[[], object]:
        async def work() -> int:
            self.seen.append(f"{name} works")
            return 1

        return work

    async def _bring(self, machine: SimpleNamespace) -> int:
        self.seen.append(f"to {machine.name}")
        return 1

    async def act(self) -> None:
        self.seen.append("act")

    async def does(self, machine: str, *operations: str) -> list[str]:
        """What happened while the machine did that."""
        for what in operations:
            await self._town.meanwhile(machine, what)
            self.seen.append(what)
        return self.seen


async def test_who_is_to_act_meanwhile_does_so_before_the_first_change_that_matters() -> None:
    scene = Scene()
    await scene.interrupting.in_the_midst(scene.act)
    happened = await scene.does("A", LOOK, ERRAND, CHANGE, CHANGE)
    assert happened == [LOOK, ERRAND, "act", "to B", "B works", CHANGE, CHANGE]


async def test_where_nothing_changes_they_act_in_the_end_or_think_again() -> None:
    scene = Scene()
    for share, acts in ((0.0, False), (0.9, True)):
        await scene.interrupting.in_the_midst(scene.act)
        await scene.does("A", LOOK)
        scene.dice.share = share
        assert await scene.interrupting.act_at_last() is acts
        assert ("act" in scene.seen) is acts
    assert not await scene.interrupting.act_at_last()


async def test_with_one_machine_they_act_at_once() -> None:
    scene = Scene(machines="A")
    await scene.interrupting.in_the_midst(scene.act)
    assert scene.seen == ["act"]


@pytest.mark.parametrize(
    ("dialect", "comes"),
    [
        ("postgresql", [LOOK, "BEGIN IMMEDIATE", CHANGE, "COMMIT", "sendmessage"]),
        ("sqlite", ["BEGIN IMMEDIATE", "sendmessage"]),
    ],
)
async def test_another_machine_comes_in_where_the_database_lets_it(dialect: str, comes: list[str]) -> None:
    scene = Scene(dialect=dialect, interruptions=1.0)
    scene.dice.share = 0.0
    operations = [LOOK, "BEGIN IMMEDIATE", CHANGE, "COMMIT", "sendmessage"]
    assert await scene.does("A", *operations) == list(with_visits(operations, comes))


def with_visits(operations: list[str], comes: list[str]) -> Iterator[str]:
    for what in operations:
        if what in comes:
            yield "B works"
        yield what
