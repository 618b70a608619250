"""Ask a node with MLflow's own scoring client; run in the client's environment. argv: the node's port."""

import json
import sys

from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from sklearn.datasets import load_iris

client = ScoringServerClient("127.0.0.1", int(sys.argv[1]))
client.wait_server_ready(timeout=30)
print(json.dumps(client.invoke(load_iris(as_frame=True).data.head()).get_predictions().iloc[:, 0].tolist()))
