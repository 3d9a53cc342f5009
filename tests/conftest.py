"""What holds for every test: timing never decides one, and databases are at hand."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

pytest_plugins = ["tests.databases"]
