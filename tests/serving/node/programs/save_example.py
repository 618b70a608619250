"""Save a model with an input example by the unmodified mlflow client; run in the client's environment.

argv: an empty folder. Prints JSON: the model's own predictions for the example.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

folder = Path(sys.argv[1])
iris = load_iris(as_frame=True)
model = LogisticRegression(max_iter=500).fit(iris.data, iris.target)
mlflow.sklearn.save_model(
    model,
    folder,
    serialization_format="cloudpickle",
    signature=infer_signature(iris.data, model.predict(iris.data)),
    input_example=iris.data.head(),
    # No mlflow: scikit-learn's own format is opened without it.
    pip_requirements=[f"{name}=={version(name)}" for name in ("scikit-learn", "cloudpickle", "numpy")],
)
print(json.dumps(model.predict(iris.data.head()).tolist()))
