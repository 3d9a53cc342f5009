"""What our cursors on SQLite do beyond those of the driver beneath."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from services.connections import EngineOptions
from services.db import Database
from services.sqlite_driver import connect

MANY = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000) SELECT x FROM n"
"""More rows than a statement brings along."""
IMPATIENT = EngineOptions(sqlite_patience=timedelta(milliseconds=20), sqlite_survives_power_cuts=False)


async def test_a_connection_that_is_cut_off_in_a_transaction_leaves_no_lock_while_its_cursors_are_held(
    tmp_path: Path,
) -> None:
    path = str(tmp_path / "loanline.db")
    cut_off = await connect(path, isolation_level=None)
    await cut_off.cursor().execute("CREATE TABLE marks (id INTEGER)")
    await cut_off.cursor().execute("BEGIN IMMEDIATE")
    await cut_off.cursor().execute("INSERT INTO marks VALUES (1)")
    held = await cut_off.cursor().execute(MANY)
    await cut_off.close()
    database = Database(f"sqlite+aiosqlite:///{path}", IMPATIENT)
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM marks")) == 0
    await database.close()
    assert (await held.fetchone()) == (1,)
