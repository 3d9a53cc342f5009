"""What holds for every test: neither timing nor chance decides one, and databases are at hand."""

import gc

from hypothesis import settings

from bot.garbage import SELDOM
from tests.engine.profiles import PROFILE

settings.register_profile("steady", deadline=None, derandomize=PROFILE != "nightly")
settings.load_profile("steady")

gc.set_threshold(*SELDOM)

pytest_plugins = ["tests.databases"]
