"""A server without a socket, for the tests of the protocol."""

import pytest

from modelwright.core.db.database import Database
from tests.mlflow_api.asking import Asking


@pytest.fixture
def server(db: Database) -> Asking:
    return Asking(db)
