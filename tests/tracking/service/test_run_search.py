"""Runs are searched in pages that stay in place, and a search that makes no sense is refused."""

import functools

import pytest

from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput
from modelwright.core.search import QueryError
from modelwright.tracking.service.run_search import FoundRuns, RunSearch, count_runs, search_runs
from tests.tracking.store.search.naive import Run
from tests.tracking.store.search.populating import populate

ALL = RunSearch(experiments=(1,), order_by=("metrics.loss",))


def a_run(pk: int, loss: float, lifecycle: str = "active") -> Run:
    return Run(
        pk=pk,
        id=f"{pk:032x}",
        experiment=1,
        name="r",
        status="RUNNING",
        user_id="u",
        lifecycle=lifecycle,
        start_time=pk,
        end_time=None,
        artifact_uri="",
        metrics={"loss": loss},
        tags={"mlflow.runName": "r"},
    )


def found(db: Database, search: RunSearch, limit: int = 2, token: str | None = None) -> FoundRuns:
    return db.read_now(functools.partial(search_runs, search=search, limit=limit, token=token))


def test_pages_stay_in_place_while_runs_come(db: Database) -> None:
    """A run that arrives before the page one stands at is not met, and pushes no other run to the next page."""
    runs = [a_run(pk, loss=pk) for pk in (10, 20, 30)]
    populate(db, runs)
    first = found(db, ALL)

    populate(db, [a_run(5, loss=5), *runs])
    second = found(db, ALL, token=first.token)

    assert [10, 20] == [pk for pk, _ in first.runs]
    assert [30] == [pk for pk, _ in second.runs]
    assert second.token is None


def test_the_last_page_is_the_last_even_when_full(db: Database) -> None:
    """There is no token to a page that would be empty."""
    populate(db, [a_run(1, 1), a_run(2, 2)])

    assert found(db, ALL, limit=2).token is None


@pytest.mark.parametrize(("view", "total"), [("active", 1), ("deleted", 2), ("all", 3)])
def test_the_view_decides_about_deleted_runs(db: Database, view: str, total: int) -> None:
    """Deleted runs are found only when asked for."""
    populate(db, [a_run(1, 1), a_run(2, 2, "deleted"), a_run(3, 3, "deleted")])
    search = RunSearch(experiments=(1,), view=view)

    assert total == len(found(db, search, limit=10).runs)
    assert total == db.read_now(functools.partial(count_runs, search=search))


@pytest.mark.parametrize("ids", [(), (99,), (-1,), (2**70,)])
def test_an_experiment_that_is_not_there_has_no_runs(db: Database, ids: tuple[int, ...]) -> None:
    """Neither an unknown nor an impossible id is an error."""
    populate(db, [a_run(1, 1)])

    assert FoundRuns([], None) == found(db, RunSearch(experiments=ids))


def test_a_token_belongs_to_its_search(db: Database) -> None:
    """The token of one search does not continue another."""
    populate(db, [a_run(pk, pk) for pk in range(5)])
    token = found(db, ALL).token

    with pytest.raises(BadInput, match="belongs to another query"):
        found(db, RunSearch(experiments=(1,), order_by=("metrics.loss DESC",)), token=token)


@pytest.mark.parametrize("limit", [0, -1, 50_001])
def test_a_page_has_a_size_within_limits(db: Database, limit: int) -> None:
    """The error names the limits."""
    with pytest.raises(BadInput, match="50000"):
        found(db, ALL, limit=limit)


def test_a_view_that_there_is_not_is_refused(db: Database) -> None:
    """The error names the views there are."""
    with pytest.raises(BadInput, match="active, deleted, all"):
        found(db, RunSearch(experiments=(1,), view="gone"))


def test_a_mistake_in_the_filter_is_marked(db: Database) -> None:
    """The error carries the place in the filter."""
    with pytest.raises(QueryError) as caught:
        found(db, RunSearch(experiments=(1,), filter_="metrics.loss >> 5"))

    assert (13, 15) == (caught.value.facts["start"], caught.value.facts["end"])
