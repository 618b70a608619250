"""Train pipelines on a table of text and numbers, save them with the unmodified mlflow client, print their answers.

argv: a folder to save into, and the names of pipelines. Prints JSON: {"rows": records to ask, {name: {"labels": [...],
"scores": [...]}}}; where a row is refused, its label is null.
"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

folder, wanted = Path(sys.argv[1]), sys.argv[2:]
random = np.random.default_rng(7)
COUNT = 400
TABLE = pd.DataFrame(
    {
        "age of them": random.normal(45, 12, COUNT),
        "income": random.lognormal(8, 1, COUNT),
        "children": random.integers(0, 5, COUNT),
        "owns": random.random(COUNT) > 0.5,
        "town": random.choice(["Oslo", "Roma", "København"], COUNT),
        "trade": random.choice(["smith", "baker", "clerk", "None"], COUNT),
    }
)
SCORE = TABLE["income"] / 1000 + 3 * (TABLE["town"] == "Roma") + TABLE["children"] - 2 * (TABLE["trade"] == "smith")
LABELS = np.where(SCORE > SCORE.median(), "grant", "refuse")
TABLE.loc[::11, "age of them"] = np.nan
TABLE.loc[::13, "trade"] = None
NUMBERS, TEXTS = ["age of them", "income", "children", "owns"], ["town", "trade"]


def tolerant() -> ColumnTransformer:
    """Takes missing values and unknown texts."""
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    return ColumnTransformer(
        [("words", words, TEXTS), ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS)]
    )


def strict() -> ColumnTransformer:
    """Refuses a town that it does not know, and numbers that are missing; it has seen a trade that is missing."""
    return ColumnTransformer(
        [
            ("town", OneHotEncoder(), ["town"]),
            (
                "trade",
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
                ["trade"],
            ),
            ("numbers", StandardScaler(), ["income", "children"]),
        ]
    )


def ordinal() -> ColumnTransformer:
    return ColumnTransformer(
        [("words", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), TEXTS)],
        remainder="passthrough",
    )


PIPELINES: dict[str, Any] = {
    "forest": Pipeline([("table", tolerant()), ("model", RandomForestClassifier(40, random_state=0))]),
    "logistic": Pipeline([("table", tolerant()), ("model", LogisticRegression())]),
    "strict": Pipeline([("table", strict()), ("model", RandomForestClassifier(40, max_depth=4, random_state=0))]),
    "histogram": Pipeline([("table", ordinal()), ("model", HistGradientBoostingClassifier(max_iter=20))]),
    "regression": Pipeline([("table", tolerant()), ("model", RandomForestRegressor(30, random_state=0))]),
    "boosted": Pipeline([("table", tolerant()), ("model", GradientBoostingRegressor(n_estimators=30))]),
    "search": GridSearchCV(
        Pipeline([("table", tolerant()), ("model", LogisticRegression())]), {"model__C": [0.1, 1.0]}, cv=2
    ),
}
REGRESSIONS = {"regression", "boosted"}

ROWS = TABLE.head(60).copy()
ROWS.loc[1, "town"] = "Lima"
ROWS.loc[2, "town"] = None
ROWS.loc[3, "trade"] = None
ROWS.loc[4, "trade"] = "wizard"
ROWS.loc[5, "income"] = np.nan
ROWS.loc[6, "age of them"] = np.nan
ROWS.loc[7, "children"] = 40
ROWS.loc[8, "town"] = "oslo"
ROWS.loc[9, "income"] = 1e30


def answers(model: Any) -> dict[str, list[Any]]:
    """Row by row, as the model itself says them of a table like the one that it was trained on."""
    labels: list[Any] = []
    scores: list[Any] = []
    for place in range(len(ROWS)):
        one = ROWS.iloc[place : place + 1]
        try:
            labels.append(model.predict(one).tolist()[0])
            scores.append(model.predict_proba(one).tolist()[0] if hasattr(model, "predict_proba") else None)
        except ValueError:
            labels.append(None)
            scores.append(None)
    return {"labels": labels, "scores": scores}


found: dict[str, Any] = {}
for name in wanted:
    target = SCORE if name in REGRESSIONS else LABELS
    model = PIPELINES[name].fit(TABLE, target)
    mlflow.sklearn.save_model(
        model,
        folder / name,
        serialization_format="cloudpickle",
        signature=infer_signature(TABLE, target),
        input_example=TABLE.dropna().head(20),
        pip_requirements=["mlflow", "scikit-learn", "pandas", "cloudpickle"],
    )
    found[name] = answers(model)

print(json.dumps({"rows": json.loads(ROWS.to_json(orient="records", double_precision=15)), **found}))
