"""The one MetaData that every room's tables stand on, and the column types that both databases share.

Only these types are used: `BigInteger`, `SmallInteger` (also for booleans, 0 or 1), `Text`, `Double`, `LargeBinary`,
and `PrimaryKey` for numbers that the database gives out. Rows go to the driver and come back with no conversion in
between, so that a type which one driver would convert and the other would not has no place here.
Times are whole milliseconds since 1970 in columns named `*_ms`. SQLite keeps NaN as NULL: a value that may be NaN
needs a second column that says so.
"""

from sqlalchemy import BigInteger, Index, Integer, MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

PrimaryKey = BigInteger().with_variant(Integer, "sqlite")
"""A number given out by the database; on SQLite only INTEGER is an alias of the row id."""


def unique_where(name: str, *columns: str, where: str) -> Index:
    """An index that holds `columns` unique among the rows for which `where`, in SQL, is true.

    On PostgreSQL only the migration says `where`: said here too, it would load that database's dialect at every start
    of a server on SQLite, which takes 40 ms.
    """
    return Index(name, *columns, unique=True, sqlite_where=text(where))
