"""${message}"""

import sqlalchemy as sa
from alembic import op

from modelwright.core.db.schema import PrimaryKey

revision = "${up_revision}"
down_revision = "${down_revision}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
