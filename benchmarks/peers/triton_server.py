"""Triton's own binary, from PyPI's nvidia-pytriton, over `model.onnx`: `python triton_server.py PORT`."""

import sys

import numpy as np
import onnxruntime
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

PORT = int(sys.argv[1])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession("model.onnx", options, providers=["CPUExecutionProvider"])


@batch
def infer(inputs):
    (labels,) = session.run(["label"], {"inputs": inputs})
    return [labels.reshape(-1, 1)]


config = TritonConfig(http_port=PORT, grpc_port=PORT + 1, metrics_port=PORT + 2, http_address="127.0.0.1")
with Triton(config=config) as triton:
    triton.bind(
        model_name="model",
        infer_func=infer,
        inputs=[Tensor(name="inputs", dtype=np.float32, shape=(30,))],
        outputs=[Tensor(name="predict", dtype=np.int64, shape=(1,))],
        config=ModelConfig(max_batch_size=64, batcher=DynamicBatcher(max_queue_delay_microseconds=100)),
    )
    triton.serve()
