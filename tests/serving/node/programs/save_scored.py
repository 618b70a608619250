"""Save custom models that say what they were given, and what MLflow's own scoring server answers with them.

argv: a folder to save into. Prints JSON: {name: [[content type, body, answer], ...]}.
"""

import json
import sys
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pydantic
from mlflow.models import ModelSignature
from mlflow.pyfunc import scoring_server
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.llm import ChatCompletionResponse
from mlflow.types.responses import ResponsesAgentResponse

folder = Path(sys.argv[1])
# Agents are traced as they are saved: into a file in the folder where one stands, unless told otherwise.
mlflow.set_tracking_uri(f"sqlite:///{folder.resolve() / 'tracked.db'}")
JSON, CSV = "application/json", "text/csv"


class Telling(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow ships no types
    """Answers with the columns, types and values that it sees, as a Series."""

    # MLflow reads type hints as a part of the model's signature, so there are none.
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
        if isinstance(model_input, np.ndarray):
            return [f"{model_input.dtype}{model_input.shape}{model_input.tolist()}"] * len(model_input)
        if isinstance(model_input, dict):
            told = [f"{name}{one.dtype}{one.shape}{one.tolist()}" for name, one in model_input.items()]
            return [" ".join(told)] * len(model_input["n"])
        told = [f"{name} {model_input[name].dtype} " for name in model_input]
        rows = model_input.itertuples(index=False)
        return pd.Series(["".join(map(str.__add__, told, map(repr, row))) for row in rows], name="told")


class Message(pydantic.BaseModel):  # type: ignore[misc]  # it is in the models' environments only
    role: str
    times: int | None = None


class Hinted(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # as above
    def predict(self, model_input: list[Message]) -> list[str]:
        return [f"{one.role} {one.times}" for one in model_input]


class Chat(mlflow.pyfunc.ChatModel):  # type: ignore[misc]  # as above
    def predict(self, context, messages, params):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
        told = f"{[one.to_dict() for one in messages]} {params.temperature} {params.max_tokens} {params.custom_inputs}"
        answer = {"index": 0, "message": {"role": "assistant", "content": told}, "finish_reason": "stop"}
        return ChatCompletionResponse.from_dict({"choices": [answer], "model": "told", "created": 1})


class Agent(mlflow.pyfunc.ResponsesAgent):  # type: ignore[misc]  # as above
    def predict(self, request):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
        item = self.create_text_output_item(f"{request.model_dump(exclude_none=True)}", "one")
        return ResponsesAgentResponse(output=[item])


class Completing(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # as above
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
        return [f"{one} {params}" for one in model_input["prompt"]]


TYPED = Schema([ColSpec("long", "n"), ColSpec("datetime", "at"), ColSpec("double", "x")])
OPTIONAL = Schema(
    [ColSpec("double", "x"), ColSpec("long", "n", required=False), ColSpec("boolean", "b", required=False)]
)
ROW = {"n": 3, "at": "2026-01-02T03:04:05", "x": 0.5}
TIMES = ["2026-01-02T03:04:05", "2026-01-02T03:04:05.5", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05+02:00"]
TENSORS = Schema([TensorSpec(np.dtype("int64"), (-1, 2), "n"), TensorSpec(np.dtype("str"), (-1, 1), "s")])
KINDS = {
    "typed": (Telling(), TYPED),
    "optional": (Telling(), OPTIONAL),
    "open": (Telling(), None),
    "tensors": (Telling(), TENSORS),
    "tensor": (Telling(), Schema([TensorSpec(np.dtype("float32"), (-1, 2))])),
    "hinted": (Hinted(), None),
    "chat": (Chat(), None),
    "agent": (Agent(), None),
    "completing": (Completing(), Schema([ColSpec("string", "prompt")])),
}
PARAMS = {"completing": ParamSchema([ParamSpec("best_of", "long", 1), ParamSpec("suffix", "string", "")])}
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why \u00e9?"}]
ASKED: dict[str, list[tuple[str, Any]]] = {
    "typed": [
        (JSON, {"inputs": [{**ROW, "at": one} for one in TIMES]}),
        (JSON, {"inputs": ROW}),
        (JSON, {"dataframe_records": [{**ROW, "n": 3.0}]}),
    ],
    "optional": [
        (JSON, {"dataframe_records": [{"x": 0.5}, {"x": 1.5}]}),
        (JSON, {"dataframe_split": {"columns": ["x", "n"], "data": [[0.5, 3], [1.5, 4]]}}),
        (JSON, {"dataframe_split": {"columns": ["x", "b"], "data": [[0.5, True], [1.5, False]]}}),
        (JSON, {"inputs": {"x": [0.5, 1.5], "n": [9007199254740993, -1], "b": [True, False]}}),
        (CSV, "x\n0.5\n"),
    ],
    "open": [
        (JSON, {"dataframe_split": {"columns": ["a", "b"], "data": [[1, "x"], [2.5, None]]}}),
        (JSON, {"dataframe_records": [{"a": 1, "b": "x"}, {"a": 2, "b": None}]}),
        (JSON, {"inputs": ["a", "b"]}),
        (JSON, {"inputs": [[1, 2], [3, 4]]}),
        (CSV, '\na,b,c,d,e\n1,2.5,True,"x,y",7\n\n2,NA,False,,\n'),
    ],
    "tensors": [
        (JSON, {"inputs": {"n": [[1, 2], [3, 4]], "s": [["x"], ["why"]]}}),
        (JSON, {"instances": [{"n": [1, 2], "s": ["x"]}, {"n": [3, 4], "s": ["why"]}]}),
        (JSON, {"dataframe_split": {"columns": ["n", "s"], "data": [[[1, 2], ["x"]]]}}),
    ],
    "tensor": [
        (JSON, {"inputs": [[1, 2.5]]}),
        (JSON, {"dataframe_records": [{"a": 1, "b": 2.5}]}),
        (JSON, {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2.5]]}}),
    ],
    "chat": [
        (JSON, {"messages": MESSAGES}),
        (JSON, {"messages": MESSAGES[1:], "temperature": 0.25, "max_tokens": 7, "custom_inputs": {"n": [1]}}),
        (JSON, {"dataframe_records": [{"messages": MESSAGES, "max_tokens": 3}]}),
    ],
    "agent": [
        (JSON, {"input": MESSAGES[1:]}),
        (JSON, {"input": MESSAGES, "temperature": 0.5, "custom_inputs": {"user": "ann"}}),
    ],
    "completing": [
        (JSON, {"prompt": "Once"}),
        (JSON, {"prompt": "Once", "best_of": 3}),
        (JSON, {"inputs": {"prompt": ["Once", "Twice"]}, "params": {"suffix": "."}}),
    ],
    "hinted": [(JSON, {"inputs": [{"role": "user"}, {"role": "system", "times": 2}]})],
}

found: dict[str, list[Any]] = {}
for name, (model, schema) in KINDS.items():
    signed = {"signature": ModelSignature(inputs=schema, params=PARAMS.get(name))} if schema is not None else {}
    requirements = ["mlflow", "pandas", "cloudpickle", "pydantic"]
    mlflow.pyfunc.save_model(folder / name, python_model=model, pip_requirements=requirements, **signed)
    opened = mlflow.pyfunc.load_model(str(folder / name))
    found[name] = []
    for kind, body in ASKED[name]:
        sent = body if isinstance(body, str) else json.dumps(body)
        answer = scoring_server.invocations(sent, kind, opened, opened.metadata.get_input_schema())
        assert answer.status == 200, answer
        found[name].append([kind, sent, json.loads(answer.response)])
print(json.dumps(found))
