"""What can go wrong with a model, apart from its input.

ModelwrightError
├── BadInput 400
│   └── ModelRefused 400  the model itself raised ValueError, TypeError or KeyError on rows that fit its signature
├── ModelFailed 500       the model raised anything else, or answered with the wrong number of rows
├── WorkerDied 503        the model's process ended while it was computing
└── DeadlineExceeded 504  no answer in time
"""

from __future__ import annotations

from modelwright.core.errors import BadInput, ModelwrightError, Unavailable


class ModelRefused(BadInput):
    code = "model_refused"


class ModelFailed(ModelwrightError):
    status = 500
    code = "model_failed"


class WorkerDied(Unavailable):
    code = "worker_died"


class DeadlineExceeded(ModelwrightError):
    status = 504
    code = "deadline_exceeded"


# How Python says that a value is at fault, as do, by their names, mlflow and ONNX Runtime.
REFUSALS = (ValueError, TypeError, KeyError, IndexError)
_NAMES = frozenset({"MlflowException", "InvalidArgument"})


def from_model(name: str, message: str, *, refuses: bool) -> ModelwrightError:
    """The error for an exception that the model's own code raised; `refuses`: it is one of `REFUSALS`."""
    # What a model says may hold halves of surrogate pairs, which no answer can.
    said = f"{name}: {message}"[:2000].encode(errors="replace").decode()
    if refuses or name in _NAMES:
        return ModelRefused(f"the model refused these rows: {said}")
    return ModelFailed(f"the model failed: {said}")
