"""Which addresses Telegram accepts in links and buttons."""

import re
from urllib.parse import parse_qs, urlsplit

from sandbox.entities.model import Entity

HOST = re.compile(r"(?:[\w\-]+\.)+[\w\-]{2,}|localhost|\d+\.\d+\.\d+\.\d+")
SCHEMES = ("http", "https", "tg", "ton", "tonsite", "mailto")


def normal_url(address: str) -> str | None:
    """The address as Telegram stores it, with scheme and path; None when it is no valid link."""
    address = address.strip()
    if not address or any(character.isspace() for character in address):
        return None
    if address.lower().startswith(("tg:", "ton:", "mailto:")):
        return address
    if "://" not in address:
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not HOST.fullmatch(host):
        return None
    if not parts.path and not parts.query and not parts.fragment:
        return f"{address}/"
    return address


def mentioned_user(address: str) -> int | None:
    """The user id of a tg://user?id=... link."""
    parts = urlsplit(address.lower())
    if parts.scheme != "tg" or "user" not in (parts.netloc, parts.path):
        return None
    identifier = parse_qs(parts.query).get("id", [""])[0]
    return int(identifier) if identifier.isdigit() else None


def link_entity(address: str, offset: int, length: int) -> Entity | None:
    """A text_link or text_mention for the address; None when Telegram would drop it."""
    user_id = mentioned_user(address)
    if user_id is not None:
        return Entity("text_mention", offset, length, user_id=user_id)
    url = normal_url(address)
    return None if url is None else Entity("text_link", offset, length, url=url)
