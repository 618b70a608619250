"""The search language for runs: filters, orders, pages, and what is not in the language."""

import functools
import math
from typing import Any

from mlflow.entities import Metric, Param, RunTag

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment, refused

DAY = 1_700_000_000_000


@functools.cache
def zoo() -> str:
    """An experiment of twelve runs, r0..r11, with gaps, NaN and odd names; its id."""
    eid = experiment()
    for i in range(12):
        run = client().create_run(eid, start_time=DAY + i, run_name=f"r{i}", tags={"half": str(i % 2)})
        rid = run.info.run_id
        metrics = [Metric("auc", i / 10, DAY, 0), Metric("with-dash", float(i), DAY, 0)]
        if i >= 6:
            metrics.append(Metric("late", math.nan if i == 6 else float(-i), DAY, 0))
        params = [Param("model", "Forest" if i < 4 else "forest_2"), Param("n.estimators", str(i))]
        tags = [RunTag("note", "100% sure_1")] if i == 3 else []
        client().log_batch(rid, metrics=metrics, params=params, tags=tags)
        if i % 3 == 0:
            client().set_terminated(rid, status="FAILED", end_time=DAY + 1000 + i)
    return eid


def found(filter_string: str = "", order_by: list[str] | None = None, **more: Any) -> list[int]:
    runs = client().search_runs([zoo()], filter_string, order_by=order_by, **more)
    return [int(run.info.run_name[1:]) for run in runs]


@check()
def nothing_asked_gives_all_newest_first() -> None:
    """Without filter and order, runs come newest start first."""
    assert found() == list(range(11, -1, -1))


@check()
def metrics_are_compared_as_numbers() -> None:
    """= != < <= > >= on metrics; NaN matches != alone, and a run without the metric matches none."""
    assert found("metrics.auc = 0.3") == [3]
    assert found("metrics.auc > 0.9") == [11, 10]
    assert found("metrics.auc >= 0.9 and metrics.auc < 1.1") == [10, 9]
    assert found("metric.auc <= 0.1") == [1, 0]
    assert found("metrics.late != -7") == [11, 10, 9, 8, 6]
    assert found("metrics.late < 0") == [11, 10, 9, 8, 7]
    assert found("metrics.late > -1e300") == [11, 10, 9, 8, 7]
    assert found("metrics.`with-dash` = 5") == [5]
    assert found('metrics."with-dash" = 5.0') == [5]
    assert found("metrics.nobody != 1") == []


@check()
def params_and_tags_are_compared_as_text() -> None:
    """= != LIKE ILIKE and IS [NOT] NULL on params and tags; LIKE minds the case, ILIKE does not."""
    assert found("params.model = 'Forest'") == [3, 2, 1, 0]
    assert found('param.model != "Forest"') == list(range(11, 3, -1))
    assert found("params.model LIKE 'For%'") == [3, 2, 1, 0]
    assert found("parameters.model ILIKE 'FOR%_2'") == list(range(11, 3, -1))
    assert found("params.n.estimators = '10'") == [10]
    assert found("tags.half = '1' AND params.model = 'Forest'") == [3, 1]
    assert found("tags.note IS NOT NULL") == [3]
    assert len(found("tags.note IS NULL")) == 11
    assert found("tags.note LIKE '100%'") == [3]
    assert found("tags.note LIKE '%sure_1'") == [3]
    assert found("tag.mlflow.runName = 'r4'") == [4]
    assert found("params.nobody != 'x'") == []


@check()
def attributes_are_searched() -> None:
    """Status, names, ids, users and times; a bare name is an attribute."""
    ids = {int(run.info.run_name[1:]): run.info.run_id for run in client().search_runs([zoo()])}
    pair = f"'{ids[2]}', '{ids[5]}'"

    assert found("attributes.status = 'FAILED'") == [9, 6, 3, 0]
    assert found("status != 'FAILED' and metrics.auc > 0.9") == [11, 10]
    assert found("attribute.run_name LIKE 'r1%'") == [11, 10, 1]
    assert found("attributes.`Run name` = 'r7'") == [7]
    assert found(f"attributes.run_id = '{ids[2]}'") == [2]
    assert found(f"attributes.run_id IN ({pair})") == [5, 2]
    assert len(found(f"run_id NOT IN ({pair})")) == 10
    assert found(f"attributes.start_time >= {DAY + 10}") == [11, 10]
    assert found(f"attributes.end_time > {DAY + 1003}") == [9, 6]
    assert found("attributes.artifact_uri LIKE '%nowhere%'") == []


@check()
def orders_put_nan_and_missing_last() -> None:
    """In either direction: values, then NaN, then missing; ties by start time, newest first."""
    assert found(order_by=["metrics.late ASC"]) == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert found(order_by=["metrics.late DESC"]) == [7, 8, 9, 10, 11, 6, 5, 4, 3, 2, 1, 0]
    assert found(order_by=["params.model DESC", "metrics.auc"]) == [4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3]
    assert found(order_by=["tags.note", "start_time ASC"])[:3] == [3, 0, 1]
    assert found(order_by=["attributes.start_time ASC"]) == list(range(12))
    assert found(order_by=["attributes.run_name"])[:4] == [0, 1, 10, 11]
    assert found("params.model = 'Forest'", ["metrics.`with-dash` desc"]) == [3, 2, 1, 0]


@check()
def pages_hold_every_run_once() -> None:
    """Walking the pages gives each run once, in order; the last page has no token."""
    seen, token = [], None
    while True:
        page = client().search_runs([zoo()], "", max_results=5, order_by=["metrics.auc"], page_token=token)
        seen += [int(run.info.run_name[1:]) for run in page]
        token = page.token
        if not token:
            break

    assert seen == list(range(12))
    assert client().search_runs([zoo()], "", max_results=12).token in {None, ""}
    with refused("INVALID_PARAMETER_VALUE"):
        client().search_runs([zoo()], "", page_token="nonsense")


@check()
def results_carry_the_data_of_each_run() -> None:
    """A result has the run's params, latest metrics and tags."""
    (run,) = client().search_runs([zoo()], "attributes.run_name = 'r3'")

    assert run.data.metrics == {"auc": 0.3, "with-dash": 3.0}
    assert run.data.params == {"model": "Forest", "n.estimators": "3"}
    assert run.data.tags == {"half": "1", "note": "100% sure_1", "mlflow.runName": "r3"}


@check()
def what_is_not_in_the_language_is_refused() -> None:
    """OR, NOT, parentheses, BETWEEN, wrong types and unknown attributes are INVALID_PARAMETER_VALUE."""
    for text in (
        "metrics.auc > 1 OR metrics.auc < 0",
        "NOT metrics.auc > 1",
        "(metrics.auc > 1)",
        "metrics.auc BETWEEN 0 AND 1",
        "metrics.auc <> 1",
        "metrics.auc > 'high'",
        "params.model > 'a'",
        "params.model = 3",
        "tags.note NOT LIKE 'a'",
        "attributes.lifecycle_stage = 'active'",
        "attributes.nonsense = 'a'",
        "nonsense.key = 'a'",
        "metrics.auc",
        "= 3",
        "metrics.auc LIKE '1'",
        "params.model = 'open",
        "attributes.status IN ('FAILED')",
    ):
        with refused("INVALID_PARAMETER_VALUE"):
            found(text)
    for order in ("metrics.auc SIDEWAYS", "nonsense", "attributes.nonsense ASC"):
        with refused("INVALID_PARAMETER_VALUE"):
            found(order_by=[order])
    for limit in (0, -1, 50_001):
        with refused("INVALID_PARAMETER_VALUE"):
            found(max_results=limit)


@check()
def quotes_and_sql_are_only_text() -> None:
    """Values that look like SQL are compared as text."""
    eid = experiment()
    nasty = "'; DROP TABLE runs; --"
    run = client().create_run(eid)
    client().log_param(run.info.run_id, "p", nasty)

    assert len(client().search_runs([eid], f'params.p = "{nasty}"')) == 1
    assert len(client().search_runs([eid], "params.p = '\" OR 1=1'")) == 0
    assert client().get_run(run.info.run_id).data.params == {"p": nasty}


@check()
def no_experiments_give_no_runs() -> None:
    """An unknown experiment has no runs; asking in none finds none."""
    assert list(client().search_runs(["987654321"])) == []
    assert list(client().search_runs([])) == []
