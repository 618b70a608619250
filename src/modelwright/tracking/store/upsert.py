"""Insert, or overwrite what is there."""

from typing import Any


def upsert(statement: Any, *columns: str) -> Any:
    """`statement`, an insert of one row, that sets `columns` (or `value`) where the primary key is there already.

    `statement` is the database's own insert, and therefore untyped.
    """
    key = [column.name for column in statement.table.primary_key.columns]
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in columns or ("value",)}
    )
