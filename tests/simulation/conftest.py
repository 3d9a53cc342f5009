"""A lender's database to plant violations in."""

import pytest

from services.db import Database
from tests.services.lending import Lending, open_lending


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)
