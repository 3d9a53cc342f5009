"""What holds for every test: neither timing nor chance decides one, and databases are at hand."""

from hypothesis import settings

from tests.engine.profiles import PROFILE

settings.register_profile("steady", deadline=None, derandomize=PROFILE != "nightly")
settings.load_profile("steady")

pytest_plugins = ["tests.databases"]
