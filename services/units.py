"""A unit of work: what several use cases change, committed as one transaction.

While a unit is under way in a task, every `Database.transaction()` of that task joins it, and every
`Database.reading()` sees what it has changed so far. The handling of one update is such a unit: what the services did
and the mark that the update is done are committed together or not at all.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.sqlite_driver import at_once
from services.storage_errors import storage_errors

Write: TypeAlias = Callable[[AsyncConnection], Awaitable[None]]
"""A last change, made right before the commit."""
Connect: TypeAlias = Callable[[AsyncExitStack], Awaitable[AsyncConnection]]
"""Opens a connection with its transaction begun; the stack gives it back."""
Notes: TypeAlias = MutableMapping[Any, Any]
"""What a transaction leaves in `session.info`."""


class UnitOfWork:
    """One transaction, begun by the first change and ended by `commit` or `rollback`; the next change begins another.

    A use case that fails takes back its own changes and leaves those made before it.
    """

    def __init__(self, connect: Connect, committed: Callable[[Notes], None]) -> None:
        self._connect = connect
        self._committed = committed
        self._open = AsyncExitStack()
        self._connection: AsyncConnection | None = None
        self._notes: list[Notes] = []

    @property
    def connection(self) -> AsyncConnection | None:
        """That of the transaction; None while nothing has changed."""
        return self._connection

    @property
    def changed(self) -> bool:
        """Whether something is waiting for the commit."""
        return self._connection is not None

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[AsyncSession]:
        """A session of one use case inside the unit."""
        if self._connection is None:
            async with self._whole() as session:
                yield session
            return
        async with AsyncSession(
            self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            async with session.begin():
                yield session
            self._notes.append(session.info)

    @asynccontextmanager
    async def _whole(self) -> AsyncIterator[AsyncSession]:
        """What begins the transaction, and what ends it, needs no savepoint: its failure undoes the whole."""
        if self._connection is None:
            self._connection = await self._connect(self._open)
        try:
            async with AsyncSession(
                self._connection, expire_on_commit=False, join_transaction_mode="rollback_only"
            ) as session:
                async with session.begin():
                    yield session
                self._notes.append(session.info)
        except BaseException:
            await self.rollback()
            raise

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncSession]:
        """A session that sees what the unit has changed so far. Raises RuntimeError when nothing has."""
        if self._connection is None:
            raise RuntimeError("this unit of work has no transaction")
        async with AsyncSession(
            self._connection, expire_on_commit=False, join_transaction_mode="rollback_only"
        ) as session:
            yield session

    async def commit(self, last: Write | None = None) -> None:
        """Make `last` and everything before it permanent; what fails undoes all of it."""
        if last is None and self._connection is None:
            return
        try:
            if self._connection is None:
                self._connection = await self._connect(self._open)
            if last is not None:
                await last(self._connection)
            with storage_errors("database"):
                await self._connection.commit()
        except BaseException:
            await self.rollback()
            raise
        notes, self._notes = self._notes, []
        await self._close()
        for each in notes:
            self._committed(each)

    async def rollback(self) -> None:
        """Undo what is not committed yet."""
        self._notes.clear()
        await self._close()

    async def _close(self) -> None:
        self._connection = None
        opened, self._open = self._open, AsyncExitStack()
        await opened.aclose()


_UNIT: ContextVar[UnitOfWork | None] = ContextVar("unit of work", default=None)


def unit_under_way() -> UnitOfWork | None:
    """The unit that the present task works in, if it is in one."""
    return _UNIT.get()


@contextmanager
def working_in(unit: UnitOfWork | None) -> Iterator[None]:
    """Have every use case of this task join `unit`; None keeps them apart."""
    token = _UNIT.set(unit)
    try:
        with at_once() if unit is not None else nullcontext():
            yield
    finally:
        _UNIT.reset(token)
