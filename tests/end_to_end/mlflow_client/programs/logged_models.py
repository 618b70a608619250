"""Logged models of MLflow 3: their own life, apart from runs and from the registry."""

from typing import Any

import mlflow

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment, refused, unique


@check()
def a_logged_model_goes_from_pending_to_ready() -> None:
    """Name, type, params, tags, status and location come back; finalising changes the status."""
    eid = experiment()
    with mlflow.start_run() as run:
        made = mlflow.initialize_logged_model(
            name="forest", params={"depth": "3"}, tags={"a": "1"}, model_type="classifier"
        )
        assert str(made.status) == "PENDING"
        done = mlflow.finalize_logged_model(made.model_id, "READY")
    back = mlflow.get_logged_model(made.model_id)

    assert str(done.status) == str(back.status) == "READY"
    assert made.model_id.startswith("m-")
    assert ("forest", "classifier", eid, run.info.run_id) == (
        back.name,
        back.model_type,
        back.experiment_id,
        back.source_run_id,
    )
    assert ({"depth": "3"}, "1") == (back.params, back.tags["a"])
    assert back.artifact_location.endswith(f"/models/{made.model_id}/artifacts")
    failed = mlflow.initialize_logged_model(name="broken")
    assert str(mlflow.finalize_logged_model(failed.model_id, "FAILED").status) == "FAILED"


@check()
def tags_and_params_are_added_later() -> None:
    """Tags are upserted and removed; params beyond a hundred go up in further calls."""
    experiment()
    many = {f"p{i}": str(i) for i in range(150)}
    made = mlflow.create_external_model(name="wide", params=many)
    mlflow.set_logged_model_tags(made.model_id, {"a": "1", "b": "2"})
    mlflow.set_logged_model_tags(made.model_id, {"a": "3"})
    mlflow.delete_logged_model_tag(made.model_id, "b")
    mlflow.log_model_params({"late": "yes"}, model_id=made.model_id)
    back = mlflow.get_logged_model(made.model_id)

    assert "3" == back.tags["a"]
    assert "b" not in back.tags
    assert back.params == {**many, "late": "yes"}
    with refused("RESOURCE_DOES_NOT_EXIST"):
        mlflow.delete_logged_model_tag(made.model_id, "b")


@check()
def a_deleted_logged_model_is_gone() -> None:
    """Deletion hides the model from reading and from search; names with odd characters are refused."""
    eid = experiment()
    made = mlflow.create_external_model(name="mortal")
    client().delete_logged_model(made.model_id)

    with refused("RESOURCE_DOES_NOT_EXIST"):
        mlflow.get_logged_model(made.model_id)
    assert [] == list(client().search_logged_models([eid]))
    with refused("RESOURCE_DOES_NOT_EXIST"):
        mlflow.get_logged_model("m-" + "0" * 32)
    for name in ("a/b", "a:b", "a.b", "50%", 'q"', "q'"):
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.create_external_model(name=name)


@check()
def inputs_and_outputs_join_models_and_runs() -> None:
    """A run shows the models it made, with their steps, and the models it used."""
    experiment()
    with mlflow.start_run() as maker:
        model = mlflow.initialize_logged_model(name="joined")
        mlflow.log_outputs([mlflow.entities.LoggedModelOutput(model.model_id, step=5)])
    with mlflow.start_run() as user:
        mlflow.log_input(model=mlflow.entities.LoggedModelInput(model.model_id))
    outputs = mlflow.get_run(maker.info.run_id).outputs.model_outputs

    assert (model.model_id, 5) in [(one.model_id, one.step) for one in outputs]
    assert [model.model_id] == [one.model_id for one in mlflow.get_run(user.info.run_id).inputs.model_inputs]


@check()
def logged_models_are_searched() -> None:
    """By name, type, params, tags and metrics; ordered by attributes and metrics; in pages."""
    eid = experiment()
    part = unique("lm")
    for i in range(5):
        with mlflow.start_run():
            made = mlflow.create_external_model(
                name=f"{part}-{i}", params={"depth": str(i)}, tags={"odd": str(i % 2)}, model_type=f"type{i % 2}"
            )
            if i:
                mlflow.log_metrics({"auc": i / 10, "val/auc-1": i / 20}, model_id=made.model_id)

    def found(words: str | None = None, **more: Any) -> str:
        hits = client().search_logged_models([eid], filter_string=words, **more)
        return "".join(hit.name[-1] for hit in hits)

    assert found() == "43210"
    assert found(f"name = '{part}-3'") == "3"
    assert found(f"attributes.name LIKE '{part}-%' AND metrics.auc > 0.2") == "43"
    assert found("metrics.val/auc-1 > 0.1 AND metrics.`val/auc-1` < 0.2") == "3"
    assert found("params.depth = '2'") == "2"
    assert found("tags.odd = '1' AND model_type = 'type1'") == "31"
    assert found("tags.odd != '1'") == "420"
    assert found(order_by=[{"field_name": "metrics.auc", "ascending": True}]) == "12340"
    assert found(order_by=[{"field_name": "metrics.auc", "ascending": False}]) == "43210"
    assert found(order_by=[{"field_name": "name", "ascending": True}]) == "01234"
    assert found(order_by=[{"field_name": "creation_timestamp"}]) == "01234"
    first = client().search_logged_models([eid], max_results=3)
    rest = client().search_logged_models([eid], max_results=3, page_token=first.token)
    assert "43210" == "".join(hit.name[-1] for hit in (*first, *rest))


@check(unlike_mlflow="MLflow answers 500 to some of these")
def other_words_are_refused_for_logged_models() -> None:
    """Unknown fields, wrong types and OR are INVALID_PARAMETER_VALUE."""
    eid = experiment()
    for words in ("nonsense.x = 'a'", "nonsense = 'a'", "metrics.auc > 'a'", "name = 'a' OR name = 'b'"):
        with refused("INVALID_PARAMETER_VALUE"):
            client().search_logged_models([eid], words)


@check()
def metrics_of_a_dataset_are_told_apart() -> None:
    """The search can ask for a metric on one dataset, by name and digest, in filter and order."""
    eid = experiment()
    model = mlflow.create_external_model(name="measured")
    with mlflow.start_run() as run:
        for name, value in (("train", 0.9), ("test", 0.6)):
            client().log_metric(
                run.info.run_id, "auc", value, model_id=model.model_id, dataset_name=name, dataset_digest=f"d{name}"
            )

    def found(words: str, dataset: str) -> int:
        return len(
            client().search_logged_models(
                [eid], words, datasets=[{"dataset_name": dataset, "dataset_digest": f"d{dataset}"}]
            )
        )

    assert 1 == found("metrics.auc > 0.8", "train")
    assert 0 == found("metrics.auc > 0.8", "test")
    assert 1 == found("metrics.auc > 0.5", "test")
    values = {metric.dataset_name: metric.value for metric in mlflow.get_logged_model(model.model_id).metrics}
    assert {"train": 0.9, "test": 0.6} == values
