"""What holds for every test: timing never decides one."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
