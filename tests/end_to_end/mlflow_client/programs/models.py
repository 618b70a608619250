"""Models through the whole of it: logged, registered, aliased, staged, copied, loaded by every address."""

import functools
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment, refused, unique

# Given, so that the client does not start a second Python to find out which packages a model needs.
PACKAGES = ["scikit-learn", "numpy"]


@functools.cache
def trained() -> tuple[Any, Any, Any]:
    """A fitted classifier, its inputs and its answers."""
    x, y = load_iris(return_X_y=True, as_frame=True)
    model = LogisticRegression(max_iter=500).fit(x, y)
    return model, x, model.predict(x)


def logged(**more: Any) -> tuple[str, Any]:
    """Log the classifier in a fresh run; the run's id and the client's ModelInfo."""
    model, x, answers = trained()
    experiment()
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(
            model, name="clf", signature=infer_signature(x, answers), pip_requirements=PACKAGES, **more
        )
    return run.info.run_id, info


@functools.cache
def registered() -> tuple[str, Any, Any]:
    """A registered model with two versions; its name and both."""
    name = unique("iris")
    versions = [mlflow.register_model(logged()[1].model_uri, name, tags={"n": str(n)}) for n in (1, 2)]
    return name, *versions


def answers_of(uri: str) -> Any:
    return mlflow.pyfunc.load_model(uri).predict(trained()[1])


@check()
def a_logged_model_is_loaded_by_its_id() -> None:
    """log_model leaves a READY model that loads from models:/m-... and from runs:/.../name."""
    run, info = logged(input_example=trained()[1].head(2), params={"C": 1.0}, tags={"team": "risk"})
    back = mlflow.get_logged_model(info.model_id)

    assert info.model_uri == f"models:/{info.model_id}"
    assert ("clf", run, "READY") == (back.name, back.source_run_id, str(back.status))
    assert ("1.0", "risk") == (back.params["C"], back.tags["team"])
    assert np.array_equal(trained()[2], mlflow.sklearn.load_model(info.model_uri).predict(trained()[1]))
    assert np.array_equal(trained()[2], answers_of(info.model_uri))
    assert np.array_equal(trained()[2], answers_of(f"runs:/{run}/clf"))
    assert [info.model_id] == [one.model_id for one in mlflow.get_run(run).outputs.model_outputs]
    loaded = mlflow.models.get_model_info(info.model_uri)
    assert loaded.signature.inputs.input_names() == list(trained()[1].columns)


@check()
def a_registered_version_is_loaded_by_number_alias_and_stage() -> None:
    """models:/name/1, @alias, /Stage and /latest lead to the same answers; a missing one is an error."""
    name, first, second = registered()
    client().set_registered_model_alias(name, "champion", second.version)
    client().transition_model_version_stage(name, first.version, "Production")

    assert ["1", "2"] == [str(first.version), str(second.version)]
    for address in ("1", "2", "latest", "Production"):
        assert np.array_equal(trained()[2], answers_of(f"models:/{name}/{address}")), address
    assert np.array_equal(trained()[2], answers_of(f"models:/{name}@champion"))
    with refused("RESOURCE_DOES_NOT_EXIST"):
        answers_of(f"models:/{name}/99")
    with refused("INVALID_PARAMETER_VALUE"):
        answers_of(f"models:/{name}@nobody")


@check()
def a_version_knows_where_it_came_from() -> None:
    """A version made from models:/m-... names its run and its model, and the model names the version."""
    name, first, _ = registered()
    back = client().get_model_version(name, first.version)
    model = mlflow.get_logged_model(back.source.removeprefix("models:/"))

    assert back.run_id == model.source_run_id
    assert {"n": "1"} == back.tags
    assert name in model.tags["mlflow.modelVersions"]
    assert model.artifact_location == client().get_model_version_download_uri(name, first.version)


@check()
def log_model_registers_in_one_step() -> None:
    """registered_model_name makes the model on the first call and the next version on the second."""
    name = unique("direct")
    for number in (1, 2):
        _, info = logged(registered_model_name=name)
        assert number == int(info.registered_model_version)
    assert np.array_equal(trained()[2], answers_of(f"models:/{name}/2"))


@check()
def a_version_is_copied_to_another_model() -> None:
    """copy_model_version makes a version elsewhere that loads the same files."""
    name, _, second = registered()
    copy = client().copy_model_version(f"models:/{name}/{second.version}", unique("copy"))

    assert "1" == str(copy.version)
    assert f"models:/{name}/{second.version}" == copy.source
    assert np.array_equal(trained()[2], answers_of(f"models:/{copy.name}/1"))


@check()
def a_run_address_is_registered() -> None:
    """register_model takes runs:/<run>/<name> too."""
    run, _ = logged()
    name = unique("by-run")
    version = mlflow.register_model(f"runs:/{run}/clf", name)

    assert run == version.run_id
    assert np.array_equal(trained()[2], answers_of(f"models:/{name}/1"))


@check()
def files_beside_a_model_are_kept() -> None:
    """What is logged as a model's own artifact is listed and comes down."""
    experiment()
    model = mlflow.initialize_logged_model(name="notes")
    notes = Path(unique("notes") + ".txt").absolute()
    notes.write_text("trained on a Tuesday")
    try:
        client().log_model_artifact(model.model_id, str(notes))
    finally:
        notes.unlink()
    mlflow.finalize_logged_model(model.model_id, "READY")

    assert [notes.name] == [one.path for one in client().list_logged_model_artifacts(model.model_id)]
    back = mlflow.artifacts.download_artifacts(f"{model.artifact_location}/{notes.name}")
    assert "trained on a Tuesday" == Path(back).read_text()


@check()
def a_python_model_is_logged_and_loaded() -> None:
    """A plain function is logged as a pyfunc model with artifacts of its own."""

    def double(model_input: list[float]) -> list[float]:
        return [2 * one for one in model_input]

    experiment()
    with mlflow.start_run():
        info = mlflow.pyfunc.log_model(name="double", python_model=double, pip_requirements=["numpy"])

    assert [2.0, 4.0] == list(mlflow.pyfunc.load_model(info.model_uri).predict([1.0, 2.0]))


@check()
def a_model_is_evaluated_and_its_metrics_stay_with_it() -> None:
    """mlflow.models.evaluate logs metrics to the run and to the model."""
    x, y = load_iris(return_X_y=True, as_frame=True)
    _, info = logged()
    with mlflow.start_run() as run:
        result = mlflow.models.evaluate(
            info.model_uri,
            x.assign(target=y),
            targets="target",
            model_type="classifier",
            evaluator_config={"log_explainer": False},
        )

    assert result.metrics["accuracy_score"] > 0.9
    assert mlflow.get_run(run.info.run_id).data.metrics["accuracy_score"] == result.metrics["accuracy_score"]
