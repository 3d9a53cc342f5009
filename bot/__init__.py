"""The Telegram runtime. It knows how to talk, not what to say: the dialogues are in `handlers`."""

import os

# The library's whole seconds are deprecated; it asks for this variable to answer time spans instead.
os.environ.setdefault("PTB_TIMEDELTA", "true")
