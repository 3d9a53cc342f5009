"""Logs for the operator: structured, with ids only. No name, number, message text or token ever stands in them."""

import logging
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Final, Literal

import structlog
from structlog.typing import EventDict, WrappedLogger

from services.transient import is_transient

TOKEN: Final = re.compile(r"\d{6,}:[A-Za-z0-9_-]{20,}")
LIBRARIES: Final = ("telegram", "aiohttp", "apscheduler", "sqlalchemy", "aiosqlite", "asyncpg", "asyncio", "alembic")
"""Their messages may carry whole updates or statements; only the template of the message is kept."""


def configure(level: str, form: Literal["json", "console"]) -> None:
    """Send everything to standard error, libraries from WARNING on."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            template_only,
            trace_only,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_token,
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if form == "json"
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for library in LIBRARIES:
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.CRITICAL)


def template_only(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Keep of a library's message what stands in its source, not what it was filled with."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and record.name.split(".")[0] in LIBRARIES:
        event["event"] = str(record.msg).splitlines()[0] if record.msg else ""
    return event


def trace_only(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Put the kinds and places of an exception where its messages, which quote what people wrote, would stand."""
    information = event.pop("exc_info", None)
    if information is True:
        information = sys.exc_info()
    error = information[1] if isinstance(information, tuple) else information
    if isinstance(error, BaseException):
        event["trace"] = trace(error)
    return event


def without_token(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """The last net: whatever looks like a bot token is blotted out."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = TOKEN.sub("[token]", value)
    return event


def loudness(error: BaseException) -> int:
    """The level for what is tried again: what passes by itself, such as a lock that another process held for long, is
    no error."""
    return logging.WARNING if is_transient(error) else logging.ERROR


def trace(error: BaseException) -> Sequence[str]:
    """Where `error` was raised and what led to it: class names, files, lines and functions, never messages."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        lines.append(type(current).__name__)
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return lines
