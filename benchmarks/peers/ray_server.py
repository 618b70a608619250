"""Ray Serve over `model.joblib`: `python ray_server.py PORT`, in a folder with the model."""

import sys
import threading
from pathlib import Path

import joblib
import numpy as np
import ray
from ray import serve

MODEL = Path("model.joblib").resolve()


@serve.deployment(max_ongoing_requests=200, num_replicas=1, ray_actor_options={"num_cpus": 1})
class Model:
    def __init__(self):
        self.model = joblib.load(MODEL)

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.002)
    async def predict(self, rows):
        return [int(one) for one in self.model.predict(np.array(rows))]

    async def __call__(self, request):
        asked = await request.json()
        return {"output": await self.predict(asked["input"])}


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])})
    serve.run(Model.bind(), route_prefix="/predict")
    threading.Event().wait()
