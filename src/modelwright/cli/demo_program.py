"""What `modelwright demo` runs in the client's environment: an ordinary mlflow program, nothing of ours.

It searches a few settings of gradient boosting for the breast-cancer data that come with scikit-learn, logs every
candidate as a nested run, registers the best, names it champion, loads it by that name and predicts.
"""

import itertools
import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import matplotlib as mpl
import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay, accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from skops.io import dumps, get_untrusted_types

MODEL = "breast-cancer"
GRID: dict[str, list[Any]] = {"learning_rate": [0.05, 0.2], "max_depth": [2, 4], "n_estimators": [60]}


def main() -> None:
    mpl.use("Agg")  # there may be no screen
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    began = time.monotonic()
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)

    experiment = mlflow.set_experiment("breast cancer")
    with mlflow.start_run(run_name="search", description="Four settings of gradient boosting.") as search:
        mlflow.log_params({f"grid.{name}": values for name, values in GRID.items()})
        for values in itertools.product(*GRID.values()):
            candidate(dict(zip(GRID, values, strict=True)), x_train, y_train, x_test, y_test)
    print(
        f"1. Trained {len(list(itertools.product(*GRID.values())))} candidates; each is a run under the run `search`."
    )

    client = MlflowClient()
    runs = client.search_runs(
        [experiment.experiment_id],
        f"tags.mlflow.parentRunId = '{search.info.run_id}' AND metrics.auc > 0.9",
        order_by=["metrics.auc DESC"],
    )
    for run in runs:
        params = ", ".join(f"{key} {run.data.params[key]}" for key in GRID)
        print(f"     auc {run.data.metrics['auc']:.4f}   accuracy {run.data.metrics['accuracy']:.4f}   {params}")
    best = runs[0]

    version = mlflow.register_model(f"runs:/{best.info.run_id}/model", MODEL, tags={"chosen by": "auc"})
    client.set_registered_model_alias(MODEL, "champion", version.version)
    print(f"2. Registered the best as {MODEL}, version {version.version}, and named it champion.")

    champion = mlflow.pyfunc.load_model(f"models:/{MODEL}@champion")
    answers = champion.predict(x_test)
    right = accuracy_score(y_test, answers)
    print(f"3. Loaded models:/{MODEL}@champion and predicted {len(answers)} cases it had not seen: {right:.1%} right.")

    careless(x_train, y_train)
    Path(sys.argv[1]).write_text(x_test.to_json(orient="records"))
    show_where_to_look(best.info.run_id, time.monotonic() - began)


def candidate(settings: dict[str, Any], x_train: Any, y_train: Any, x_test: Any, y_test: Any) -> None:
    """One nested run: settings, the loss after every tree, figures, the data it saw, and the model."""
    name = ", ".join(f"{key} {value}" for key, value in settings.items())
    with mlflow.start_run(run_name=name, nested=True):
        mlflow.log_params(settings)
        for context, x, y in (("training", x_train, y_train), ("testing", x_test, y_test)):
            data = mlflow.data.from_pandas(pd.concat([x, y], axis=1), name="breast cancer", targets="target")
            mlflow.log_input(data, context=context)
        model = GradientBoostingClassifier(random_state=0, **settings).fit(x_train, y_train)
        stages = zip(model.staged_predict_proba(x_train), model.staged_predict_proba(x_test), strict=True)
        for step, (seen, unseen) in enumerate(stages):
            losses = {"loss": log_loss(y_train, seen), "test loss": log_loss(y_test, unseen)}
            mlflow.log_metrics(losses, step=step, synchronous=False)
        share = model.predict_proba(x_test)[:, 1]
        answers = model.predict(x_test)
        mlflow.log_metrics({"auc": roc_auc_score(y_test, share), "accuracy": accuracy_score(y_test, answers)})
        mlflow.log_figure(RocCurveDisplay.from_predictions(y_test, share).figure_, "figures/roc.png")
        mlflow.log_figure(ConfusionMatrixDisplay.from_predictions(y_test, answers).figure_, "figures/confusion.png")
        mpl.pyplot.close("all")
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(x_train, model.predict(x_train)),
            input_example=x_train.head(2),
            pip_requirements=["scikit-learn", "skops", "pandas"],
            # skops loads no type that is not named. We trained this model a moment ago, so its types are known good.
            skops_trusted_types=get_untrusted_types(data=dumps(model)),
        )
        mlflow.flush_async_logging()


def careless(x: Any, y: Any) -> None:
    """Version 2: takes a measurement for a category, and fails on every value that was not in the training data."""
    grades = OneHotEncoder(handle_unknown="error", sparse_output=False)
    columns = ColumnTransformer([("grade", grades, ["mean symmetry"])], remainder="passthrough")
    with mlflow.start_run(run_name="careless"):
        model = make_pipeline(columns, GradientBoostingClassifier(random_state=0, n_estimators=10)).fit(x, y)
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=infer_signature(x, model.predict(x)),
            pip_requirements=["scikit-learn", "skops", "pandas"],
            skops_trusted_types=get_untrusted_types(data=dumps(model)),
            registered_model_name=MODEL,
        )


def show_where_to_look(run_id: str, took_s: float) -> None:
    url = os.environ["MLFLOW_TRACKING_URI"]
    figure = MlflowClient().list_artifacts(run_id, "figures")[0]
    print(f"   All of it took {took_s:.0f} s.\n\nWhere to look:")
    print(f"   the page       {url}")
    print(f"   a figure       {url}/get-artifact?run_id={run_id}&path={figure.path}")
    print(f"   as a program   MLFLOW_TRACKING_URI={url} python your_training.py")


main()
