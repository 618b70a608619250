"""Write the next schema revision from what the tables say now: `make migration m="what changes"`.

Read what it wrote before you commit it: Alembic sees tables and columns, not intentions.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

import modelwright.app  # noqa: F401 - loads every room's tables
from modelwright.core.db.migrate import alembic_config, upgrade
from modelwright.core.db.schema import metadata
from modelwright.core.db.schema_version import newest


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'head.db'}"
        upgrade(url)
        revision = f"{int(newest()) + 1:04d}"
        with create_engine(url).begin() as connection:
            config = alembic_config()
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            config.attributes["connection"] = connection
            config.attributes["metadata"] = metadata
            command.revision(config, message=message, autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or sys.exit('give a message: make migration m="what changes"'))
