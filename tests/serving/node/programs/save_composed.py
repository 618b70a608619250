"""Train models that are made of others on a table of numbers, save them with the unmodified mlflow client.

argv: a folder to save into. Prints JSON: {"rows": {name: records to ask}, "answers": {name: [...]}}.
"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler

random = np.random.default_rng(5)
COUNT = 200
TABLE = pd.DataFrame(
    {
        "age": random.normal(45, 12, COUNT),
        "income": random.lognormal(8, 1, COUNT),
        "children": random.integers(0, 5, COUNT),
    }
)
LABELS = np.where(TABLE["age"] + random.normal(0, 5, COUNT) > 45, "old", "young")


# Where every second text is missing and what is missing tells the label: as None, or as pandas says it itself.
HOLES = ["Wien" if label == "old" else None for label in LABELS]
TEXTS = {
    "unsigned": TABLE.assign(town=np.where(LABELS == "old", "Wien", "Graz")),
    "none": TABLE.assign(town=pd.Series(HOLES, dtype=object)),
    "nan": TABLE.assign(town=pd.Series(HOLES, dtype=object).replace({None: np.nan})),
}


def of_texts() -> Pipeline:
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-100)
    chosen = ColumnTransformer([("town", codes, ["town"]), ("rest", "passthrough", ["age"])])
    return make_pipeline(chosen, RandomForestClassifier(10, random_state=0))


def by_name() -> Pipeline:
    chosen = ColumnTransformer([("scaled", StandardScaler(), ["age", "income"])])
    return make_pipeline(chosen, LogisticRegression())


def per_child(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(share=table["income"] / (1 + table["children"]))


class Older(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def fit(self, table: pd.DataFrame, labels: Any) -> "Older":
        self.at_ = table["age"].mean()
        return self

    def predict(self, table: pd.DataFrame) -> Any:
        return np.where(table["age"] > self.at_, "old", "young")


def main() -> None:
    both = [("named", by_name()), ("forest", RandomForestClassifier(5, random_state=0))]
    union = make_union(*[ColumnTransformer([("one", StandardScaler(), [name])]) for name in ("age", "children")])
    line = make_pipeline(ColumnTransformer([("scaled", StandardScaler(), ["age"])]), LinearRegression())
    models = {
        "voting": VotingClassifier(both, voting="soft"),
        "stacking": StackingClassifier(both),
        "calibrated": CalibratedClassifierCV(by_name()),
        "each": OneVsRestClassifier(by_name()),
        "union": make_pipeline(union, LogisticRegression()),
        "target": TransformedTargetRegressor(line, func=np.log1p, inverse_func=np.expm1),
        "function": make_pipeline(FunctionTransformer(per_child), LogisticRegression(max_iter=1000)),
        "own": Older(),
        "unsigned": of_texts(),
        "none": of_texts(),
        "nan": of_texts(),
    }
    answers, rows = {}, {}
    for name, model in models.items():
        table = TEXTS.get(name, TABLE)
        model.fit(table, TABLE["income"] if name == "target" else LABELS)
        mlflow.sklearn.save_model(
            model,
            Path(sys.argv[1]) / name,
            signature=None if name == "unsigned" else infer_signature(table),
            serialization_format="cloudpickle",
            pip_requirements=["scikit-learn"],
        )
        answers[name] = model.predict(table.head(20)).tolist()
        rows[name] = json.loads(table.head(20).to_json(orient="records", double_precision=15))
    print(json.dumps({"rows": rows, "answers": answers}))


if __name__ == "__main__":
    main()
