"""Statements as SQL, compiled once in a process for whichever engine asks for them.

SQLAlchemy keeps what it has compiled for each engine apart. A process has two on its database, one to change and one to
look, which speak the same dialect; tests and simulations open and close hundreds. To compile a statement takes
milliseconds, a hundred times as long as to find it here.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

MOST: Final = 2000
"""Statements that are kept; the application has about half as many."""


class CompiledStatements(MutableMapping[Any, Any]):
    """A cache for the execution option `compiled_cache`. Its keys begin with a dialect: all of one database and one
    driver are taken for the same, as every server of a process has one version."""

    def __init__(self, most: int = MOST) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(most)

    def __getitem__(self, key: Any) -> Any:
        return self._kept[_shared(key)]

    def get(self, key: Any, default: Any = None) -> Any:
        return self._kept.get(_shared(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        self._kept[_shared(key)] = compiled

    def __delitem__(self, key: Any) -> None:
        del self._kept[_shared(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def _shared(key: Any) -> Any:
    dialect: Dialect = key[0]
    return (dialect.name, dialect.driver, *key[1:])


_OF_THIS_PROCESS: Final = CompiledStatements()


def share_compiled(engine: AsyncEngine) -> None:
    """Have the engine use what others of this process have compiled."""
    engine.sync_engine.update_execution_options(compiled_cache=_OF_THIS_PROCESS)
