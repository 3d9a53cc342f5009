"""The Telegram runtime: everything between Telegram and the services that is not a dialogue."""

import os

# The library gives durations as timedelta only to those who ask for it here, and warns the others at each use.
os.environ.setdefault("PTB_TIMEDELTA", "true")
