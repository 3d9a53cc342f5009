"""How often Python looks for garbage that refers to itself, in a process that lives long."""

import gc
from typing import Final

SELDOM: Final = (50_000, 20, 20)
"""A turn makes a few thousand objects and drops them all: to look after every 700, as Python does by itself, is a tenth
of its work. Of the rest hardly anything refers to itself."""


def look_seldom() -> None:
    """Once everything is loaded: what lives now stays, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)
