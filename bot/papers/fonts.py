"""The typeface of the papers: one family that has both Chinese and Latin letters."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import typst

FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
)
"""Families that the papers may be set in, the best first. All have simplified Chinese and Latin letters."""
_BOLD = 600


class NoFontFound(RuntimeError):
    """There is no typeface for Chinese; the message says where it was looked for and what to do."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """What the papers are set in. `has_bold` tells whether the family brings heavier letters of its own; without them
    the templates thicken the regular ones."""

    family: str
    has_bold: bool
    fonts: typst.Fonts


def find_typeface(folder: Path | None = None) -> Typeface:
    """The best family in `folder`, or in the fonts that come with the package mplfonts where no folder is given.

    The machine's own fonts are left alone, so that a paper looks the same wherever it is printed. Raises NoFontFound.
    """
    place = folder or packaged_fonts()
    if place is None:
        raise NoFontFound(
            "the package mplfonts, which brings the Chinese font, is not installed: install requirements.lock"
        )
    if not place.is_dir():
        raise NoFontFound(f"the font folder {place} does not exist")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[place])
    weights: dict[str, int] = {}
    for font in fonts.fonts():
        weights[font.family] = max(font.weight, weights.get(font.family, 0))
    for family in FAMILIES:
        if family in weights:
            return Typeface(family, weights[family] >= _BOLD, fonts)
    raise NoFontFound(f"no Chinese font in {place}: put one of these families there: {', '.join(FAMILIES)}")


def packaged_fonts() -> Path | None:
    """Where mplfonts keeps its files, found without importing it (which would load matplotlib)."""
    package = find_spec("mplfonts")
    places = package.submodule_search_locations if package else None
    return next((Path(place) / "fonts" for place in places), None) if places else None


def packaged_font() -> Path | None:
    """The file of the regular Chinese font among them."""
    folder = packaged_fonts()
    return next(iter(sorted(folder.glob("NotoSansCJK*-Regular.otf"))), None) if folder else None
