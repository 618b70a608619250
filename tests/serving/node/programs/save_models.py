"""Save models as MLflow's users do, and print their own predictions; run in the client's environment.

argv: a folder to save into. Prints JSON: {name: predictions of the first five rows}.
"""

import json
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

folder = Path(sys.argv[1])
iris = load_iris(as_frame=True)
table, target = iris.data, iris.target
found = {}


class Custom(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow ships no types
    """A model whose answer depends on all rows together, and on params."""

    # MLflow reads type hints as a part of the model's signature, so there are none.
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
        scale = (params or {}).get("scale", 1.0)
        return (model_input["petal length (cm)"] - model_input["petal length (cm)"].mean()) * scale


class First(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow ships no types
    """A model that answers with the column that pandas calls 0."""

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
        return model_input[0].tolist()


regressor = GradientBoostingRegressor(n_estimators=10, random_state=0).fit(table, target)
pickled = folder / "pickled"
mlflow.sklearn.save_model(
    regressor,
    pickled,
    serialization_format="cloudpickle",
    signature=infer_signature(table, regressor.predict(table)),
    pip_requirements=["mlflow", "scikit-learn", "pandas", "cloudpickle"],
)
found["pickled"] = mlflow.pyfunc.load_model(str(pickled)).predict(table.head())

plain = LogisticRegression(max_iter=500).fit(table.to_numpy(), target)
mlflow.sklearn.save_model(plain, folder / "unsigned", serialization_format="cloudpickle")
found["unsigned"] = plain.predict(table.head().to_numpy())

custom = folder / "custom"
signature = infer_signature(table, np.array([0.5]), params={"scale": 1.0})
mlflow.pyfunc.save_model(
    custom, python_model=Custom(), signature=signature, pip_requirements=["mlflow", "pandas", "cloudpickle"]
)
found["custom"] = mlflow.pyfunc.load_model(str(custom)).predict(table.head(), params={"scale": 2.0})

numbered = folder / "numbered"
signature = infer_signature(pd.DataFrame({0: [0.5], 1: [1.5]}))
mlflow.pyfunc.save_model(
    numbered, python_model=First(), signature=signature, pip_requirements=["mlflow", "pandas", "cloudpickle"]
)

print(json.dumps({name: np.asarray(pd.Series(list(one))).tolist() for name, one in found.items()}))
