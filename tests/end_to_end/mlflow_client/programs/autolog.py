"""Autologging of scikit-learn: nothing but fit() in the user's code."""

import mlflow
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment


@check()
def fit_logs_params_metrics_data_and_model() -> None:
    """fit() makes a run with params, metrics, figures, the data set and a model that loads."""
    x, y = load_iris(return_X_y=True, as_frame=True)
    experiment()
    mlflow.sklearn.autolog(silent=True)
    try:
        with mlflow.start_run() as run:
            model = LogisticRegression(max_iter=500).fit(x, y)
            model.score(x, y)
    finally:
        mlflow.sklearn.autolog(disable=True)
    back = mlflow.get_run(run.info.run_id)

    assert "500" == back.data.params["max_iter"]
    assert back.data.metrics["training_accuracy_score"] > 0.9
    assert "LogisticRegression" == back.data.tags["estimator_name"]
    assert back.inputs.dataset_inputs
    files = {one.path for one in client().list_artifacts(run.info.run_id)}
    assert "training_confusion_matrix.png" in files
    (output,) = back.outputs.model_outputs
    loaded = mlflow.sklearn.load_model(f"models:/{output.model_id}")
    assert np.array_equal(model.predict(x), loaded.predict(x))


@check()
def a_grid_search_logs_a_run_per_candidate() -> None:
    """GridSearchCV makes a parent run and one child per candidate."""
    x, y = load_iris(return_X_y=True, as_frame=True)
    eid = experiment()
    mlflow.sklearn.autolog(silent=True, log_models=False, log_datasets=False)
    try:
        with mlflow.start_run() as parent:
            GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0, 10.0]}, cv=3).fit(x, y)
    finally:
        mlflow.sklearn.autolog(disable=True)
    children = client().search_runs([eid], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    back = mlflow.get_run(parent.info.run_id)

    assert {"0.1", "1.0", "10.0"} == {child.data.params["C"] for child in children}
    assert back.data.params["best_C"] in {"0.1", "1.0", "10.0"}
    assert back.data.metrics["best_cv_score"] > 0.9
