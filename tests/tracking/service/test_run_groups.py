"""Runs by what they have in common, with true totals."""

import math

import pytest

from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput
from modelwright.tracking.service.run_groups import RunGroups, groups
from modelwright.tracking.service.run_search import RunSearch
from tests.tracking.making import Point, log, log_params, new_experiment, new_run


@pytest.fixture
def trials(db: Database) -> int:
    """Three forests (0.1, 0.2, NaN), two linear models (0.5, without a metric), one run that says nothing."""
    experiment = new_experiment(db)
    for model, auc in [("forest", 0.1), ("forest", 0.2), ("forest", math.nan), ("linear", 0.5), ("linear", None)]:
        run = new_run(db, experiment)
        log_params(db, run, model=model)
        if auc is not None:
            log(db, run, [Point("auc", auc, 1)])
    new_run(db, experiment, team="risk")
    other = new_run(db, new_experiment(db, "elsewhere"))
    log_params(db, other, model="forest")
    return experiment


def _groups(db: Database, experiment: int, by: str, *, filter_: str = "", limit: int = 10) -> RunGroups:
    wanted = RunSearch(experiments=(experiment,), filter_=filter_)
    return db.read_now(lambda tx: groups(tx, wanted, by, metrics=["auc"], limit=limit))


def _sizes(found: RunGroups) -> list[tuple[str | None, int]]:
    return [(one.value, one.runs) for one in found.items]


def test_runs_are_counted_by_the_value_of_a_param(db: Database, trials: int) -> None:
    """Those that lack it are a group of their own; runs of other experiments are none of them."""
    found = _groups(db, trials, "params.model")

    assert [("forest", 3), ("linear", 2), (None, 1)] == _sizes(found)
    assert (3, 6) == (found.total, found.runs)


def test_metrics_of_a_group_are_summed_up_without_what_is_no_number(db: Database, trials: int) -> None:
    forest, linear, nothing = _groups(db, trials, "params.model").items

    (auc,) = forest.metrics
    assert (2, 0.1, 0.2) == (auc.runs, auc.min, auc.max)
    assert auc.mean == pytest.approx(0.15)
    assert [1] == [metric.runs for metric in linear.metrics]
    assert [] == nothing.metrics


def test_each_metric_of_a_group_stands_for_itself(db: Database, trials: int) -> None:
    """In the order asked for, each once, however many other metrics the runs have."""
    run_id = new_run(db, trials)
    log_params(db, run_id, model="linear")
    log(db, run_id, [Point("loss", 3.0, 1), Point("auc", 0.7, 1), Point("other", 9.0, 1)])
    wanted = RunSearch(experiments=(trials,), filter_="")
    asked = ["loss", "never", "auc", "loss"]
    found = db.read_now(lambda tx: groups(tx, wanted, "params.model", metrics=asked, limit=10))
    linear = next(one for one in found.items if one.value == "linear")

    assert [("loss", 1, 3.0, 3.0), ("auc", 2, 0.5, 0.7)] == [
        (metric.key, metric.runs, metric.min, metric.max) for metric in linear.metrics
    ]
    assert 3 == linear.runs


def test_totals_are_those_of_all_groups_not_of_those_returned(db: Database, trials: int) -> None:
    found = _groups(db, trials, "params.model", limit=1)

    assert ([("forest", 3)], 3, 6) == (_sizes(found), found.total, found.runs)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("metrics.auc > 0.15", [("forest", 1), ("linear", 1)]),
        ("params.model = 'linear'", [("linear", 2)]),
        ("params.model = 'nothing'", []),
    ],
)
def test_a_filter_narrows_the_groups(
    db: Database, trials: int, filter_: str, expected: list[tuple[str | None, int]]
) -> None:
    assert expected == _sizes(_groups(db, trials, "params.model", filter_=filter_))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("attributes.status", [("RUNNING", 6)]),
        ("tags.team", [(None, 5), ("risk", 1)]),
        ("params.`no such`", [(None, 6)]),
    ],
)
def test_tags_and_states_make_groups_too(
    db: Database, trials: int, by: str, expected: list[tuple[str | None, int]]
) -> None:
    assert expected == _sizes(_groups(db, trials, by))


def test_a_name_is_asked_of_its_tag(db: Database, trials: int) -> None:
    """Every run has one, made up when none was given."""
    assert 6 == _groups(db, trials, "attributes.run_name").runs


@pytest.mark.parametrize(
    "by", ["metrics.auc", "attributes.start_time", "attributes.run_id", "model.", "params.a DESC b"]
)
def test_what_has_no_few_values_makes_no_groups(db: Database, trials: int, by: str) -> None:
    """Also what the language does not have; the answer says what would work."""
    with pytest.raises(BadInput):
        _groups(db, trials, by)
