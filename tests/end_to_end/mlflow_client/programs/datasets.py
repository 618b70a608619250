"""Dataset inputs of runs: log_input, their identity, and the search over them."""

import mlflow
import numpy as np
import pandas as pd

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment, unique


def frame() -> pd.DataFrame:
    return pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0], "name": ["a", "b", "ü"]})


@check()
def a_data_frame_is_logged_as_input() -> None:
    """Name, digest, schema, profile, source and context of a dataset come back with the run."""
    experiment()
    dataset = mlflow.data.from_pandas(frame(), source="s3://bucket/train.csv", name="train", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training", tags={"split": "a"})
    (back,) = mlflow.get_run(run.info.run_id).inputs.dataset_inputs

    assert (back.dataset.name, back.dataset.digest) == ("train", dataset.digest)
    assert back.dataset.source_type == "s3"
    assert "s3://bucket/train.csv" in back.dataset.source
    assert '"num_rows": 3' in back.dataset.profile
    assert "mlflow_colspec" in back.dataset.schema
    assert {"mlflow.data.context": "training", "split": "a"} == {tag.key: tag.value for tag in back.tags}
    assert mlflow.data.get_source(back.dataset).to_dict() == {"uri": "s3://bucket/train.csv"}


@check()
def the_same_input_is_kept_once() -> None:
    """Logging one dataset twice leaves one input; two digests are two inputs."""
    experiment()
    first = mlflow.data.from_numpy(np.arange(6.0).reshape(3, 2), name="grid")
    second = mlflow.data.from_numpy(np.arange(8.0).reshape(4, 2), name="grid")
    with mlflow.start_run() as run:
        mlflow.log_input(first, context="training")
        mlflow.log_input(first, context="training")
        mlflow.log_input(second, context="evaluation")
    inputs = mlflow.get_run(run.info.run_id).inputs.dataset_inputs

    assert {first.digest, second.digest} == {one.dataset.digest for one in inputs}
    assert len(inputs) == 2


@check()
def several_inputs_are_logged_at_once() -> None:
    """log_inputs takes datasets, contexts and tags together."""
    experiment()
    data = [mlflow.data.from_pandas(frame().head(n), name=f"part{n}") for n in (1, 2, 3)]
    with mlflow.start_run() as run:
        mlflow.log_inputs(datasets=data, contexts=["train", "test", None], tags_list=[{"a": "1"}, None, None])
    inputs = mlflow.get_run(run.info.run_id).inputs.dataset_inputs

    assert ["part1", "part2", "part3"] == sorted(one.dataset.name for one in inputs)


@check()
def runs_are_found_by_their_datasets() -> None:
    """datasets.name, digest and context with = != LIKE IN; results carry their inputs."""
    eid = experiment()
    names = [unique("corpus") for _ in range(3)]
    runs = {}
    digest = mlflow.data.from_pandas(frame()).digest
    for name in names:
        with mlflow.start_run() as run:
            mlflow.log_input(mlflow.data.from_pandas(frame(), name=name), context=f"context-{name}")
        runs[name] = run.info.run_id

    def found(filter_string: str) -> set[str]:
        return {run.info.run_id for run in client().search_runs([eid], filter_string)}

    assert found(f"datasets.name = '{names[0]}'") == {runs[names[0]]}
    assert found(f"dataset.name IN ('{names[0]}', '{names[1]}')") == {runs[names[0]], runs[names[1]]}
    assert found(f"datasets.context = 'context-{names[2]}'") == {runs[names[2]]}
    assert found("datasets.name LIKE 'corpus-%'") == set(runs.values())
    assert found(f"datasets.digest = '{digest}'") == set(runs.values())
    (hit,) = client().search_runs([eid], f"datasets.name = '{names[1]}'")
    assert [names[1]] == [one.dataset.name for one in hit.inputs.dataset_inputs]


@check()
def metrics_name_the_dataset_they_were_measured_on() -> None:
    """A metric logged with a model and a dataset is found on the model."""
    experiment()
    dataset = mlflow.data.from_pandas(frame(), name="holdout")
    with mlflow.start_run() as run:
        model = mlflow.initialize_logged_model(name="scored")
        mlflow.log_metric("auc", 0.75, model_id=model.model_id, dataset=dataset, step=2)
        mlflow.finalize_logged_model(model.model_id, "READY")
    (metric,) = mlflow.get_logged_model(model.model_id).metrics

    assert ("auc", 0.75, 2) == (metric.key, metric.value, metric.step)
    assert ("holdout", dataset.digest) == (metric.dataset_name, metric.dataset_digest)
    assert run.info.run_id == metric.run_id
    assert mlflow.get_run(run.info.run_id).data.metrics == {"auc": 0.75}
