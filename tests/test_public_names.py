"""What `import modelwright` offers, and what it costs."""

import subprocess
import sys

import pytest

import modelwright


def test_every_public_name_is_there() -> None:
    """Each listed name can be had, the list is sorted, and a notebook completes these and nothing else."""
    assert sorted(modelwright.__all__) == modelwright.__all__
    for name in modelwright.__all__:
        assert getattr(modelwright, name) is not None
    assert modelwright.__all__ == dir(modelwright)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As with any module."""
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        modelwright.magic  # noqa: B018 - asking is the test


def test_importing_the_package_loads_nothing_heavy() -> None:
    """Neither the database nor the server nor numpy is loaded before a name is used."""
    program = (
        "import sys, modelwright; print([m for m in ('sqlalchemy', 'litestar', 'numpy', 'httpx') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert "[]\n" == said


def test_a_server_on_one_folder_starts_without_the_libraries_of_other_places() -> None:
    """Object stores, PostgreSQL and migrations cost a tenth of a second each time, and are loaded by who has them."""
    elsewhere = ("obstore", "sqlalchemy.dialects.postgresql", "psycopg", "alembic", "numpy", "duckdb", "pyarrow")
    program = f"import sys, modelwright.app; print([m for m in {elsewhere!r} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert "[]\n" == said
