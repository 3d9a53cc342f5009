"""Typesetting: a template and its data in, a PDF or a picture out, by typst in a worker thread."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal, TypeAlias

import typst

from bot.papers.fonts import Typeface, find_typeface

TEMPLATES = Path(__file__).resolve().parent / "templates"
PIXELS_PER_POINT = 2
"""Pictures are drawn at twice the size that they are meant to be seen at, for sharp letters on a phone."""
_POINTS_PER_INCH = 72

Form = Literal["pdf", "png"]
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | bool | None"


class PressFailed(RuntimeError):
    """A template does not compile with its data: a programming mistake. Names the template and typst's complaint, not
    the data."""


class Press:
    """One compiler, kept so that fonts and templates are read once. It serves one paper at a time in a thread of its
    own; others wait without holding up the event loop. Raises NoFontFound when made without a Chinese font at hand."""

    def __init__(self, font_folder: Path | None = None) -> None:
        self._typeface: Typeface = find_typeface(font_folder)
        self._compiler = typst.Compiler(root=str(TEMPLATES), font_paths=self._typeface.fonts, ignore_system_fonts=True)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="press")

    @property
    def family(self) -> str:
        """The typeface in use."""
        return self._typeface.family

    async def pdf(self, template: str, data: Mapping[str, Json], day: date) -> bytes:
        """The paper as PDF, dated `day` (midnight UTC). The same input gives the same bytes. Raises PressFailed."""
        return await self._queued(template, data, "pdf", day)

    async def picture(self, template: str, data: Mapping[str, Json], day: date) -> bytes:
        """The first page as PNG, at PIXELS_PER_POINT. Raises PressFailed."""
        return await self._queued(template, data, "png", day)

    async def _queued(self, template: str, data: Mapping[str, Json], form: Form, day: date) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._compile, template, data, form, day)

    def _compile(self, template: str, data: Mapping[str, Json], form: Form, day: date) -> bytes:
        style: dict[str, Json] = {"font": self._typeface.family, "has_bold": self._typeface.has_bold}
        inputs = {"data": json.dumps({**data, "style": style}, ensure_ascii=False)}
        try:
            made = self._compiler.compile(
                input=str(TEMPLATES / f"{template}.typ"),
                format=form,
                ppi=_POINTS_PER_INCH * PIXELS_PER_POINT,
                sys_inputs=inputs,
                timestamp=datetime.combine(day, time(), tzinfo=UTC),
            )
        except typst.TypstError as error:
            raise PressFailed(f"{template}: {error.message}") from error
        pages = made if isinstance(made, list) else [made]
        if not pages or pages[0] is None:
            raise PressFailed(f"{template}: no page came out")
        return pages[0]
