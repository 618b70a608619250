"""The fluent API: what a data scientist types in a notebook."""

import contextlib
import math

import mlflow

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment, unique


@check()
def a_run_is_read_back_as_it_was_logged() -> None:
    """Params, metrics, tags, name, description and status of a run come back as they were sent."""
    experiment()
    with mlflow.start_run(run_name="first", tags={"team": "risk"}, description="why it was run") as run:
        mlflow.log_param("depth", 3)
        mlflow.log_params({"lr": 0.1, "kernel": "rbf", "empty": ""})
        mlflow.log_metric("loss", 0.5)
        mlflow.log_metrics({"auc": 0.91, "acc": 0.8}, step=7)
        mlflow.set_tag("stage", "draft")
        mlflow.set_tags({"a": "1", "b": 2})
    back = mlflow.get_run(run.info.run_id)

    assert back.data.params == {"depth": "3", "lr": "0.1", "kernel": "rbf", "empty": ""}
    assert back.data.metrics == {"loss": 0.5, "auc": 0.91, "acc": 0.8}
    wanted = {"team": "risk", "stage": "draft", "a": "1", "b": "2", "mlflow.note.content": "why it was run"}
    assert wanted.items() <= back.data.tags.items(), back.data.tags
    assert (back.info.run_name, back.data.tags["mlflow.runName"]) == ("first", "first")
    assert back.info.status == "FINISHED"
    assert back.info.lifecycle_stage == "active"
    assert 0 < back.info.start_time <= back.info.end_time


@check()
def an_unnamed_run_gets_a_name() -> None:
    """A run without a name is given one, and the tag says the same."""
    experiment()
    with mlflow.start_run() as run:
        pass
    back = mlflow.get_run(run.info.run_id)

    assert back.info.run_name
    assert back.info.run_name == back.data.tags["mlflow.runName"]


@check()
def a_running_run_has_no_end() -> None:
    """While a run lasts, it is RUNNING and has no end time."""
    experiment()
    with mlflow.start_run() as run:
        back = mlflow.get_run(run.info.run_id)

        assert (back.info.status, back.info.end_time) == ("RUNNING", None)


@check()
def an_exception_fails_the_run() -> None:
    """A run whose block raises ends as FAILED."""
    experiment()
    name = unique("broken")
    with contextlib.suppress(ZeroDivisionError), mlflow.start_run(run_name=name):
        mlflow.log_metric("loss", 1 / 0)
    (back,) = mlflow.search_runs(filter_string=f"attributes.run_name = '{name}'", output_format="list")

    assert back.info.status == "FAILED"


@check()
def a_finished_run_is_resumed() -> None:
    """start_run(run_id=...) opens a finished run again; what was there stays."""
    experiment()
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 1.0, step=0)
    with mlflow.start_run(run_id=run.info.run_id):
        assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("loss", 0.5, step=1)
    back = mlflow.get_run(run.info.run_id)

    assert (back.info.status, back.data.metrics) == ("FINISHED", {"loss": 0.5})
    assert [1.0, 0.5] == [m.value for m in client().get_metric_history(run.info.run_id, "loss")]


@check()
def nested_runs_name_their_parent() -> None:
    """Children carry their parent's id, are found by it, and get_parent_run goes back up."""
    experiment()
    with mlflow.start_run() as parent:
        children = []
        for depth in range(3):
            with mlflow.start_run(nested=True) as child:
                mlflow.log_param("depth", depth)
                with mlflow.start_run(nested=True):
                    mlflow.log_metric("fold", depth)
            children.append(child.info.run_id)
    found = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", output_format="list")

    assert {run.info.run_id for run in found} == set(children)
    assert mlflow.get_parent_run(children[0]).info.run_id == parent.info.run_id
    assert mlflow.get_parent_run(parent.info.run_id) is None


@check()
def asynchronous_logging_arrives() -> None:
    """What is logged in the background is there, all of it and in order, after the flush."""
    experiment()
    with mlflow.start_run() as run:
        for step in range(300):
            mlflow.log_metric("loss", float(step), step=step, synchronous=False)
        mlflow.log_params({f"p{i}": i for i in range(20)}, synchronous=False)
        mlflow.set_tag("mode", "async", synchronous=False)
        mlflow.flush_async_logging()
    back = mlflow.get_run(run.info.run_id)

    history = client().get_metric_history(run.info.run_id, "loss")
    assert [float(step) for step in range(300)] == [m.value for m in sorted(history, key=lambda m: m.step)]
    assert {f"p{i}": str(i) for i in range(20)} == back.data.params
    assert back.data.tags["mode"] == "async"


@check()
def asynchronous_logging_can_be_the_default() -> None:
    """config.enable_async_logging makes the ordinary calls asynchronous; nothing is lost."""
    experiment()
    mlflow.config.enable_async_logging(True)
    try:
        with mlflow.start_run() as run:
            for step in range(100):
                mlflow.log_metrics({"a": step, "b": -step}, step=step)
        mlflow.flush_async_logging()
    finally:
        mlflow.config.enable_async_logging(False)

    assert len(client().get_metric_history(run.info.run_id, "a")) == 100
    assert len(client().get_metric_history(run.info.run_id, "b")) == 100


@check()
def metrics_that_are_not_numbers_come_back() -> None:
    """NaN stays NaN; infinities come back as the largest finite doubles, as MLflow stores them."""
    experiment()
    with mlflow.start_run() as run:
        mlflow.log_metric("nan", math.nan)
        mlflow.log_metric("up", math.inf)
        mlflow.log_metric("down", -math.inf)
    metrics = mlflow.get_run(run.info.run_id).data.metrics

    assert math.isnan(metrics["nan"])
    assert (metrics["up"], metrics["down"]) == (1.7976931348623157e308, -1.7976931348623157e308)


@check()
def search_runs_makes_a_data_frame() -> None:
    """mlflow.search_runs gives a table with one column per param, metric and tag."""
    experiment()
    for depth in (1, 2, 3):
        with mlflow.start_run():
            mlflow.log_param("depth", depth)
            mlflow.log_metric("auc", depth / 10)
    frame = mlflow.search_runs(order_by=["metrics.auc DESC"])

    assert ["3", "2", "1"] == list(frame["params.depth"])
    assert [0.3, 0.2, 0.1] == list(frame["metrics.auc"])
    assert {"run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"} <= set(frame.columns)


@check()
def runs_of_several_experiments_are_searched_together() -> None:
    """search_runs takes experiment names and ids; several at once."""
    names = [unique("both") for _ in range(2)]
    for name in names:
        mlflow.set_experiment(name)
        with mlflow.start_run():
            mlflow.log_param("from", name)
    found = mlflow.search_runs(experiment_names=names, output_format="list")

    assert {run.data.params["from"] for run in found} == set(names)


@check()
def an_experiment_is_made_once() -> None:
    """set_experiment twice finds the same experiment; its tags are kept."""
    name = unique("once")
    first = mlflow.set_experiment(name)
    mlflow.set_experiment_tags({"owner": "risk", "kind": "credit"})
    second = mlflow.set_experiment(name)

    assert first.experiment_id == second.experiment_id
    assert {"owner": "risk", "kind": "credit"}.items() <= mlflow.get_experiment_by_name(name).tags.items()
    assert mlflow.get_experiment_by_name(unique("never-made")) is None


@check()
def unicode_is_kept_everywhere() -> None:
    """Names and values in any script come back unchanged."""
    name = unique("эксперимент-実験-🙂")
    mlflow.set_experiment(name)
    with mlflow.start_run(run_name="запуск 実行 🚀") as run:
        mlflow.log_param("größe", "äöü ß 漢字 \N{GRINNING FACE}")
        mlflow.log_metric("точность", 0.5)
        mlflow.set_tag("заметка", "строка\nс переводом\tи табуляцией \" ' \\")
    back = mlflow.get_run(run.info.run_id)

    assert back.info.run_name == "запуск 実行 🚀"
    assert back.data.params == {"größe": "äöü ß 漢字 \N{GRINNING FACE}"}
    assert back.data.metrics == {"точность": 0.5}
    assert back.data.tags["заметка"] == "строка\nс переводом\tи табуляцией \" ' \\"
    assert mlflow.get_experiment(run.info.experiment_id).name == name


@check()
def a_metric_is_logged_for_another_run() -> None:
    """log_metric(run_id=...) writes to a run that is not the active one."""
    experiment()
    with mlflow.start_run() as first:
        pass
    mlflow.log_metric("late", 1.5, step=3, timestamp=1_700_000_000_000, run_id=first.info.run_id)
    (point,) = client().get_metric_history(first.info.run_id, "late")

    assert (1.5, 3, 1_700_000_000_000) == (point.value, point.step, point.timestamp)
