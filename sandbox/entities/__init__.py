"""Formatted text: parse modes, automatic detection and rendering."""

from sandbox.entities.detect import detect_entities, with_detected
from sandbox.entities.html import parse_html
from sandbox.entities.markdown import parse_markdown_v2
from sandbox.entities.model import (
    Entity,
    EntityError,
    entity_json,
    sort_entities,
    trim,
    utf16_length,
    utf16_slice,
)
from sandbox.entities.render import render_html

__all__ = [
    "Entity",
    "EntityError",
    "detect_entities",
    "entity_json",
    "parse_html",
    "parse_markdown_v2",
    "render_html",
    "sort_entities",
    "trim",
    "utf16_length",
    "utf16_slice",
    "with_detected",
]
