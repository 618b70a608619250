"""Log a model of H2O with the unmodified mlflow client as the reference says, and one without its MOJO; register both.

argv: the server's address, a free port for H2O's own server. Prints JSON: {"ask": a body of /invocations, "direct":
what H2O itself answers}.
"""

import json
import sys

import h2o
import mlflow
from h2o.estimators import H2OGradientBoostingEstimator
from mlflow.models import infer_signature
from sklearn.datasets import load_iris

mlflow.set_tracking_uri(sys.argv[1])
h2o.init(max_mem_size="1g", nthreads=1, bind_to_localhost=True, port=int(sys.argv[2]), log_level="ERRR")
h2o.no_progress()
table = load_iris(as_frame=True).frame
table["target"] = table["target"].map({0: "setosa", 1: "versicolor", 2: "virginica"})
features = list(table.columns[:4])
model = H2OGradientBoostingEstimator(ntrees=10, seed=1)
model.train(x=features, y="target", training_frame=h2o.H2OFrame(table))
few = table[features].iloc[::30]
direct = model.predict(h2o.H2OFrame(few)).as_data_frame()
signature = infer_signature(few, direct)
with mlflow.start_run():
    mojo = model.download_mojo(path="model.zip")
    mlflow.h2o.log_model(
        model, name="model", extra_files=[mojo], signature=signature, registered_model_name="iris-with-mojo"
    )
    mlflow.h2o.log_model(model, name="binary", signature=signature, registered_model_name="iris-binary")
h2o.cluster().shutdown()
ask = {"dataframe_split": {"columns": features, "data": few.to_numpy().tolist()}}
print(json.dumps({"ask": ask, "direct": json.loads(direct.to_json(orient="records", double_precision=15))}))
