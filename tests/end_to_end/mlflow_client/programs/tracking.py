"""MlflowClient: experiments and runs, their life cycle, and the errors the client's code branches on."""

import math

import mlflow
from mlflow.entities import Metric, Param, RunTag, ViewType

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment, refused, run_id, unique

DAY = 1_700_000_000_000


def series(run: str, key: str) -> list[tuple[int, int, float]]:
    return [(m.timestamp, m.step, m.value) for m in client().get_metric_history(run, key)]


@check()
def the_default_experiment_exists() -> None:
    """Experiment "0" is called Default and is there from the start."""
    assert client().get_experiment("0").name == "Default"


@check()
def an_experiment_is_renamed_and_tagged() -> None:
    """A new name is found, the old one is not; tags are set and removed."""
    old, new = unique("old"), unique("new")
    eid = client().create_experiment(old, tags={"a": "1", "b": "2"})
    client().rename_experiment(eid, new)
    client().set_experiment_tag(eid, "c", "3")
    client().delete_experiment_tag(eid, "a")
    back = client().get_experiment(eid)

    assert back.name == new
    assert {"b": "2", "c": "3"} == {k: v for k, v in back.tags.items() if len(k) == 1}
    assert client().get_experiment_by_name(old) is None
    assert client().get_experiment_by_name(new).experiment_id == eid
    assert back.last_update_time >= back.creation_time > 0
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client().delete_experiment_tag(eid, "a")


@check()
def experiment_names_are_unique_even_when_deleted() -> None:
    """A taken name is RESOURCE_ALREADY_EXISTS, also when its holder is deleted."""
    name = unique("taken")
    eid = client().create_experiment(name)
    with refused("RESOURCE_ALREADY_EXISTS", name):
        client().create_experiment(name)
    client().delete_experiment(eid)
    with refused("RESOURCE_ALREADY_EXISTS"):
        client().create_experiment(name)


@check()
def a_deleted_experiment_takes_its_runs_and_gives_them_back() -> None:
    """Deletion hides an experiment and its runs; restoring brings both back."""
    name = unique("mortal")
    eid = client().create_experiment(name)
    run = client().create_run(eid).info.run_id
    client().delete_experiment(eid)

    assert client().get_experiment(eid).lifecycle_stage == "deleted"
    assert client().get_experiment_by_name(name).lifecycle_stage == "deleted"
    assert client().get_run(run).info.lifecycle_stage == "deleted"
    with refused("INVALID_PARAMETER_VALUE"):
        client().create_run(eid)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client().delete_experiment(eid)
    client().restore_experiment(eid)
    assert client().get_experiment(eid).lifecycle_stage == "active"
    assert client().get_run(run).info.lifecycle_stage == "active"


@check()
def a_deleted_run_is_read_but_not_written() -> None:
    """Reading a deleted run works, every write is refused, deletion and restore repeat harmlessly."""
    run = run_id()
    client().log_param(run, "p", "1")
    client().delete_run(run)
    client().delete_run(run)

    assert client().get_run(run).data.params == {"p": "1"}
    for write in (
        lambda: client().log_metric(run, "m", 1.0),
        lambda: client().log_param(run, "q", "1"),
        lambda: client().set_tag(run, "t", "1"),
        lambda: client().log_batch(run, metrics=[Metric("m", 1.0, DAY, 0)]),
        lambda: client().update_run(run, status="FINISHED"),
    ):
        with refused("INVALID_PARAMETER_VALUE"):
            write()
    client().restore_run(run)
    client().restore_run(run)
    client().log_metric(run, "m", 1.0)
    assert client().get_run(run).data.metrics == {"m": 1.0}


@check()
def deleted_runs_are_found_by_view_type() -> None:
    """ACTIVE_ONLY, DELETED_ONLY and ALL part the runs."""
    eid = experiment()
    live, dead = (client().create_run(eid).info.run_id for _ in range(2))
    client().delete_run(dead)

    def found(view: int) -> set[str]:
        return {run.info.run_id for run in client().search_runs([eid], run_view_type=view)}

    assert found(ViewType.ACTIVE_ONLY) == {live}
    assert found(ViewType.DELETED_ONLY) == {dead}
    assert found(ViewType.ALL) == {live, dead}


@check()
def a_run_is_renamed_and_ended() -> None:
    """update_run and set_terminated change name, status and end; the name tag follows."""
    run = run_id()
    client().update_run(run, name="renamed")
    client().set_terminated(run, status="KILLED", end_time=DAY)
    back = client().get_run(run)

    assert (back.info.run_name, back.data.tags["mlflow.runName"]) == ("renamed", "renamed")
    assert (back.info.status, back.info.end_time) == ("KILLED", DAY)
    client().set_tag(run, "mlflow.runName", "by tag")
    assert client().get_run(run).info.run_name == "by tag"


@check()
def tags_are_overwritten_and_removed() -> None:
    """A tag is overwritten by the last writer; removing one that is not there is an error."""
    run = run_id()
    client().set_tag(run, "t", "1")
    client().set_tag(run, "t", "2")
    assert client().get_run(run).data.tags["t"] == "2"
    client().delete_tag(run, "t")
    assert "t" not in client().get_run(run).data.tags
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client().delete_tag(run, "t")


@check()
def a_param_never_changes() -> None:
    """The same value may be logged again; another one is refused and changes nothing."""
    run = run_id()
    client().log_param(run, "lr", 0.1)
    client().log_param(run, "lr", 0.1)
    with refused("INVALID_PARAMETER_VALUE", "Changing param values is not allowed"):
        client().log_param(run, "lr", 0.2)
    assert client().get_run(run).data.params == {"lr": "0.1"}


@check()
def a_history_keeps_every_distinct_point() -> None:
    """Equal points are kept once; the same step with another value is kept; order is time, step, value."""
    run = run_id()
    for time, step, value in (
        (DAY + 2, 1, 0.3),
        (DAY + 1, 2, 0.2),
        (DAY + 1, 2, 0.1),
        (DAY + 1, 2, 0.2),
        (DAY, -5, 9.0),
    ):
        client().log_metric(run, "m", value, timestamp=time, step=step)

    assert [(DAY, -5, 9.0), (DAY + 1, 2, 0.1), (DAY + 1, 2, 0.2), (DAY + 2, 1, 0.3)] == series(run, "m")
    assert series(run, "unknown") == []


@check()
def the_latest_value_is_that_of_the_last_step() -> None:
    """A run's metric is the greatest by step, then time, then value, whatever was written last."""
    run = run_id()
    for time, step, value in ((DAY, 10, 1.0), (DAY + 9, 3, 2.0), (DAY + 1, 10, 0.5), (DAY + 1, 10, 0.7)):
        client().log_metric(run, "m", value, timestamp=time, step=step)

    assert client().get_run(run).data.metrics == {"m": 0.7}


@check()
def a_history_keeps_what_is_not_a_number() -> None:
    """NaN and the infinities keep their place in a history."""
    run = run_id()
    for step, value in enumerate((math.nan, math.inf, -math.inf, 1.0)):
        client().log_metric(run, "m", value, timestamp=DAY + step, step=step)
    values = [value for _, _, value in series(run, "m")]

    assert math.isnan(values[0])
    assert [1.7976931348623157e308, -1.7976931348623157e308, 1.0] == values[1:]


@check()
def doubles_and_large_integers_are_exact() -> None:
    """Every bit of a double, a 63-bit step and a far timestamp survive the trip."""
    run = run_id()
    values = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1 / 3, 2**53 + 2.0]
    for step, value in enumerate(values):
        client().log_metric(run, "m", value, timestamp=DAY + step, step=step)
    client().log_metric(run, "far", 1.0, timestamp=2**53 + 1, step=2**62 + 1)

    assert [value.hex() for _, _, value in series(run, "m")] == [value.hex() for value in values]
    assert [(2**53 + 1, 2**62 + 1, 1.0)] == series(run, "far")


@check()
def a_long_history_comes_back_whole() -> None:
    """30,000 points of one metric, written in batches of a thousand, come back in order."""
    run = run_id()
    for start in range(0, 30_000, 1000):
        points = [Metric("loss", 1 / (1 + step), DAY + step, step) for step in range(start, start + 1000)]
        client().log_batch(run, metrics=points)
    back = series(run, "loss")

    assert len(back) == 30_000
    assert back == [(DAY + step, step, 1 / (1 + step)) for step in range(30_000)]


@check()
def a_full_batch_is_taken_whole() -> None:
    """800 metrics, 100 params and 100 tags, the most one batch may hold, arrive together."""
    run = run_id()
    client().log_batch(
        run,
        metrics=[Metric(f"m{i}", float(i), DAY, 0) for i in range(800)],
        params=[Param(f"p{i}", str(i)) for i in range(100)],
        tags=[RunTag(f"t{i}", str(i)) for i in range(100)],
    )
    data = client().get_run(run).data

    assert {f"m{i}": float(i) for i in range(800)} == data.metrics
    assert {f"p{i}": str(i) for i in range(100)} == data.params
    assert {f"t{i}": str(i) for i in range(100)}.items() <= data.tags.items()


@check()
def a_batch_beyond_the_limits_is_refused() -> None:
    """More than 1,000 metrics, 100 params, 100 tags or 1,000 in all is refused, and nothing is stored."""
    run = run_id()
    metrics = [Metric("m", float(i), DAY + i, i) for i in range(1001)]
    params = [Param(f"p{i}", "1") for i in range(101)]
    tags = [RunTag(f"t{i}", "1") for i in range(101)]
    for batch in (
        {"metrics": metrics},
        {"params": params},
        {"tags": tags},
        {"metrics": metrics[:990], "params": params[:11]},
    ):
        with refused("INVALID_PARAMETER_VALUE", "A batch logging request can contain at most"):
            mlflow.tracking.MlflowClient()._tracking_client.store.log_batch(
                run, **{"metrics": [], "params": [], "tags": [], **batch}
            )
    data = client().get_run(run).data

    assert ({}, {}) == (data.metrics, data.params)
    assert not any(tag.startswith("t") for tag in data.tags)


@check()
def a_batch_that_changes_a_param_stores_nothing() -> None:
    """A batch with one forbidden change leaves the run as it was."""
    run = run_id()
    client().log_param(run, "lr", "0.1")
    with refused("INVALID_PARAMETER_VALUE", "lr"):
        client().log_batch(
            run,
            metrics=[Metric("m", 1.0, DAY, 0)],
            params=[Param("new", "1"), Param("lr", "0.2")],
            tags=[RunTag("t", "1")],
        )
    data = client().get_run(run).data

    assert ({"lr": "0.1"}, {}) == (data.params, data.metrics)
    assert "t" not in data.tags


@check()
def a_batch_names_a_param_once() -> None:
    """Two values for one param in a batch are refused; of repeated tags the last wins."""
    run = run_id()
    with refused("INVALID_PARAMETER_VALUE", "Duplicate parameter keys"):
        client().log_batch(run, params=[Param("p", "1"), Param("p", "2")])
    client().log_batch(run, tags=[RunTag("t", "1"), RunTag("t", "2")])
    assert client().get_run(run).data.tags["t"] == "2"


@check()
def an_unknown_run_or_experiment_does_not_exist() -> None:
    """Ids nobody has are RESOURCE_DOES_NOT_EXIST."""
    nobody = "0" * 32
    for ask in (
        lambda: client().get_run(nobody),
        lambda: client().log_metric(nobody, "m", 1.0),
        lambda: client().log_param(nobody, "p", "1"),
        lambda: client().set_tag(nobody, "t", "1"),
        lambda: client().log_batch(nobody, metrics=[Metric("m", 1.0, DAY, 0)]),
        lambda: client().delete_run(nobody),
        lambda: client().get_experiment("987654321"),
        lambda: client().delete_experiment("987654321"),
    ):
        with refused("RESOURCE_DOES_NOT_EXIST"):
            ask()


@check()
def names_outside_the_rules_are_refused() -> None:
    """Keys with odd characters, paths that climb and over-long names are INVALID_PARAMETER_VALUE."""
    run = run_id()
    for key in ("a//b", "../up", "/root", "a/", ".", "with*star", "x" * 251):
        with refused("INVALID_PARAMETER_VALUE"):
            client().log_metric(run, key, 1.0)
        with refused("INVALID_PARAMETER_VALUE"):
            client().log_param(run, key, "1")
    for name in ("", "n" * 501):
        with refused("INVALID_PARAMETER_VALUE"):
            client().create_experiment(name)
    client().log_metric(run, "a/b c-d_e.f:g", 1.0)
    assert client().get_run(run).data.metrics == {"a/b c-d_e.f:g": 1.0}


@check(unlike_mlflow="MLflow cuts a value that is too long, without a word")
def a_value_that_is_too_long_is_refused() -> None:
    """A param of more than 6,000 characters and a tag of more than 8,000 are refused, not cut."""
    run = run_id()
    with refused("INVALID_PARAMETER_VALUE", "6000"):
        client().log_param(run, "p", "x" * 6001)
    with refused("INVALID_PARAMETER_VALUE", "8000"):
        client().set_tag(run, "t", "x" * 8001)
    client().log_param(run, "p", "x" * 6000)
    client().set_tag(run, "t", "y" * 8000)
    data = client().get_run(run).data
    assert (data.params["p"], data.tags["t"]) == ("x" * 6000, "y" * 8000)


@check()
def an_artifact_location_of_ones_own_is_recorded() -> None:
    """An object-store location is kept as given and extended by the run; web addresses are refused."""
    eid = client().create_experiment(unique("s3"), artifact_location="s3://bucket/path")
    run = client().create_run(eid)

    assert client().get_experiment(eid).artifact_location == "s3://bucket/path"
    assert run.info.artifact_uri == f"s3://bucket/path/{run.info.run_id}/artifacts"
    for location in ("http://example.com/x", "https://example.com/x", "ftp://example.com/x"):
        with refused("INVALID_PARAMETER_VALUE"):
            client().create_experiment(unique("web"), artifact_location=location)


@check(unlike_mlflow="MLflow writes wherever on its disk a client says")
def a_local_artifact_location_is_refused() -> None:
    """A client cannot point the server at a folder, however the folder is written."""
    for location in ("/etc", "file:///etc", "file:/etc", "FILE:///etc", "./here", "..", "C:\\data", "runs:/x"):
        with refused("INVALID_PARAMETER_VALUE"):
            client().create_experiment(unique("local"), artifact_location=location)
