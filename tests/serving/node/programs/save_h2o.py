"""Train models with H2O, save them with the unmodified mlflow client, and print what H2O itself answers.

argv: an empty folder, a free port. Runs in an environment with mlflow and h2o, and needs Java. Each kind of model gets
a folder of that name, with its MOJO. Prints JSON: for each kind, {"ask": a body of /invocations, "direct": H2O's own
answers}. Among the rows asked are levels that training has not seen, and missing values.
"""

import json
import sys
from pathlib import Path
from typing import Any

import h2o
import mlflow
import numpy as np
import pandas as pd
from h2o.estimators import H2OGeneralizedLinearEstimator, H2OGradientBoostingEstimator, H2ORandomForestEstimator
from mlflow.models import infer_signature
from sklearn.datasets import load_diabetes, load_iris

folder = Path(sys.argv[1])
random = np.random.default_rng(7)
ASKED = 40


def people() -> pd.DataFrame:
    """Numbers, text and whole numbers that are categories, some of them missing, and three targets."""
    rows = 600
    table = pd.DataFrame(
        {
            "age": random.integers(18, 80, rows).astype(float),
            "town": random.choice(["Bern", "Oslo", "Rome", "Linz"], rows),
            "income": random.lognormal(10, 0.5, rows),
            "grade": random.integers(0, 5, rows),
        }
    )
    score = (table.age > 40) + 1.5 * table.town.isin(["Bern", "Rome"]) + 0.3 * table.grade + random.normal(0, 0.5, rows)
    table.loc[random.random(rows) < 0.1, "income"] = np.nan
    table.loc[random.random(rows) < 0.1, "town"] = None
    table["score"] = score
    table["bought"] = np.where(score > 2, "yes", "no")
    table["level"] = np.select([score < 1, score < 2], ["low", "middle"], "high")
    table["number"] = (score > 2).astype(int)
    return table


def framed(table: pd.DataFrame, levels: list[str]) -> Any:
    frame = h2o.H2OFrame(table)
    for name in levels:
        frame[name] = frame[name].asfactor()
    return frame


def save(kind: str, model: Any, table: pd.DataFrame, target: str, features: list[str], levels: list[str]) -> Any:
    model.train(x=features, y=target, training_frame=framed(table, [*levels, *({target} & {"number"})]))
    asked = table[features].head(ASKED).copy()
    if levels:
        asked.loc[3, "town"], asked.loc[4, "grade"], asked.loc[5, "age"] = "Atlantis", 9, np.nan
    direct = model.predict(framed(asked, levels)).as_data_frame()
    signature = None if kind.endswith("unsigned") else infer_signature(asked, direct)
    mojo = model.download_mojo(path=str(folder / f"{kind}.zip"))
    mlflow.h2o.save_model(
        model, folder / kind, signature=signature, extra_files=[mojo], pip_requirements=[f"h2o=={h2o.__version__}"]
    )
    if kind.endswith("unsigned"):
        asked["grade"] = asked["grade"].astype(str)  # as the MOJO has it
    rows = [[None if pd.isna(one) else one for one in row] for row in asked.to_numpy(dtype=object).tolist()]
    body = {"dataframe_split": {"columns": features, "data": rows}}
    return {"ask": body, "direct": json.loads(direct.to_json(orient="records", double_precision=15))}


h2o.init(max_mem_size="1g", nthreads=1, bind_to_localhost=True, port=int(sys.argv[2]), log_level="ERRR")
h2o.no_progress()
people_table = people()
columns, levelled = ["age", "town", "income", "grade"], ["grade"]
iris = load_iris(as_frame=True).frame
iris["target"] = np.array(["setosa", "versicolor", "virginica"])[iris["target"]]
diabetes = load_diabetes(as_frame=True).frame
GBM, GLM, DRF = H2OGradientBoostingEstimator, H2OGeneralizedLinearEstimator, H2ORandomForestEstimator
few = {"ntrees": 20, "seed": 1}
said = {
    kind: save(kind, model, table, target, features, levels)
    for kind, model, table, target, features, levels in [
        ("gbm_binary", GBM(**few), people_table, "bought", columns, levelled),
        ("gbm_unsigned", GBM(**few), people_table, "bought", columns, levelled),
        ("gbm_numbers", GBM(**few), people_table, "number", columns, levelled),
        ("gbm_classes", GBM(**few), people_table, "level", columns, levelled),
        ("gbm_regression", GBM(**few), people_table, "score", columns, levelled),
        ("glm_binary", GLM(family="binomial", seed=1), people_table, "bought", columns, levelled),
        ("glm_classes", GLM(family="multinomial", seed=1), people_table, "level", columns, levelled),
        ("glm_regression", GLM(seed=1), people_table, "score", columns, levelled),
        ("forest_iris", DRF(**few), iris, "target", list(iris.columns[:4]), []),
        ("gbm_diabetes", GBM(**few), diabetes, "target", list(diabetes.columns[:10]), []),
    ]
}
h2o.cluster().shutdown()
print(json.dumps(said))
