"""A server without a socket, for the tests of the protocol."""

from pathlib import Path

import pytest

from modelwright.core.db.database import Database
from tests.mlflow_api.asking import Asking


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Asking:
    return Asking(db, tmp_path / "home")
