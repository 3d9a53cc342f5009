"""A local stand-in for Telegram: the Bot API and people's phones over HTTP. It knows nothing of any bot."""

from sandbox.faults import Faults
from sandbox.limits import FloodControl
from sandbox.models import Chat, PersonRecord
from sandbox.person import Person
from sandbox.phone.world_http import ClockControls, PageLook
from sandbox.server import Sandbox

__all__ = ["Chat", "ClockControls", "Faults", "FloodControl", "PageLook", "Person", "PersonRecord", "Sandbox"]
