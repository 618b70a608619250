"""Autologging of gradient boosting: nothing but a call to train in the user's code."""

from typing import Any

import lightgbm
import mlflow
import numpy as np
import xgboost
from mlflow.entities import Run
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment

ROUNDS = 8


def data() -> Any:
    """Rows to train on and to judge by, and their labels."""
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    return train_test_split(x, y, random_state=0)


def recorded() -> Run:
    """The run that training made, with what every kind of booster leaves in it."""
    run: Run = client().get_run(mlflow.last_active_run().info.run_id)
    files = {one.path for one in client().list_artifacts(run.info.run_id)}

    assert "FINISHED" == run.info.status
    assert ["train", "eval"] == [one.tags[0].value for one in run.inputs.dataset_inputs]
    assert any(file.startswith("feature_importance") and file.endswith(".json") for file in files)
    return run


def curve(run: Run, metric: str) -> list[float]:
    """A metric by step, of which there is one for every round."""
    points = client().get_metric_history(run.info.run_id, metric)
    assert list(range(ROUNDS)) == [point.step for point in points]
    return [point.value for point in points]


@check(slow=True)
def xgboost_is_logged_by_itself() -> None:
    """A curve of each metric, params, importances, the data sets, and a booster that answers alike when loaded."""
    x, others, y, judged = data()
    experiment()
    mlflow.xgboost.autolog(silent=True)
    try:
        asked = {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "seed": 1}
        evals: dict[str, Any] = {}
        rows = xgboost.DMatrix(others, judged)
        made = xgboost.train(asked, xgboost.DMatrix(x, y), ROUNDS, evals=[(rows, "valid")], evals_result=evals)
    finally:
        mlflow.xgboost.autolog(disable=True)
    run = recorded()
    (output,) = run.outputs.model_outputs
    loaded = mlflow.xgboost.load_model(f"models:/{output.model_id}")

    assert evals["valid"]["logloss"] == curve(run, "valid-logloss")
    assert evals["valid"]["auc"] == curve(run, "valid-auc")
    assert "binary:logistic" == run.data.params["objective"]
    assert np.array_equal(made.predict(rows), loaded.predict(rows))


@check(slow=True)
def lightgbm_is_logged_by_itself() -> None:
    """The same of LightGBM."""
    x, others, y, judged = data()
    experiment()
    mlflow.lightgbm.autolog(silent=True)
    try:
        asked = {"objective": "binary", "metric": ["auc", "binary_logloss"], "verbose": -1, "seed": 1}
        evals: dict[str, Any] = {}
        rows = lightgbm.Dataset(x, y)
        made = lightgbm.train(
            asked,
            rows,
            ROUNDS,
            valid_sets=[lightgbm.Dataset(others, judged, reference=rows)],
            valid_names=["valid"],
            callbacks=[lightgbm.record_evaluation(evals)],
        )
    finally:
        mlflow.lightgbm.autolog(disable=True)
    run = recorded()
    (output,) = run.outputs.model_outputs
    loaded = mlflow.lightgbm.load_model(f"models:/{output.model_id}")

    assert evals["valid"]["auc"] == curve(run, "valid-auc")
    assert evals["valid"]["binary_logloss"] == curve(run, "valid-binary_logloss")
    assert "binary" == run.data.params["objective"]
    assert np.array_equal(made.predict(others), loaded.predict(others))
