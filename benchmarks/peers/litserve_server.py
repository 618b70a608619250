"""LitServe over `model.joblib`: `python litserve_server.py PORT`, in a folder with the model."""

import sys

import joblib
import litserve
import numpy as np


class Api(litserve.LitAPI):
    def setup(self, device):
        del device  # there is one: the processor
        self.model = joblib.load("model.joblib")

    def decode_request(self, request):
        return request["input"]

    def predict(self, rows):
        return self.model.predict(np.array(rows))

    def encode_response(self, output):
        return {"output": int(output)}


if __name__ == "__main__":
    api = Api(max_batch_size=64, batch_timeout=0.002)
    server = litserve.LitServer(api, accelerator="cpu")
    server.run(port=int(sys.argv[1]), generate_client_file=False, log_level="error")
