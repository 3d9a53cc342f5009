"""A lender's database to plant violations in."""

import pytest

from services.db import Database
from tests.services.conftest import database, migrated  # noqa: F401 - fixtures
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:  # noqa: F811 - the fixture
    return open_lending(database)
