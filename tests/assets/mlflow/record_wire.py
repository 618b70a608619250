"""Records how the real MLflow reads and writes JSON, into wire.json beside this file.

Run it in an environment that has mlflow: `python tests/assets/mlflow/record_wire.py`. The tests then need no mlflow.
"""

import json
import math
from pathlib import Path

import mlflow
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseError
from mlflow.protos import mlflow_artifacts_pb2, model_registry_pb2, service_pb2
from mlflow.server.handlers import _reject_conflicting_field_aliases
from mlflow.utils.proto_json_utils import message_to_json, parse_dict

TYPES = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_ENUM: "enum",
    FieldDescriptor.TYPE_MESSAGE: "message",
}
SCALARS = [
    "0",
    "1",
    "-1",
    "1.0",
    "-1.0",
    "1.5",
    "1e3",
    "1E3",
    "1e-1",
    "-0",
    "-0.0",
    "true",
    "false",
    "null",
    "[]",
    "{}",
    "[1]",
    "3",
    "3.0",
    "3.7",
    "99",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "1e18",
    "1e19",
    "1e308",
] + [
    json.dumps(text)
    for text in (
        *(" 1", "1 ", "a b", "\x00", "", "0", "1", "-1", "+1", "1.0", "1.5", "1e3", "1_000", "0x10", "\u0663", "99"),
        *("true", "True", "abc", "\u00e9", "RUNNING", "running", "FINISHED", "3", ".5", "5.", "1e999"),
        *("9223372036854775807", "9223372036854775808"),
        *("NaN", "nan", "NAN", "-NaN", "Infinity", "-Infinity", "+Infinity", "inf", "-inf", "infinity"),
    )
]
FIELDS = {
    "int32": (service_pb2.SearchRuns, "max_results"),
    "int64": (service_pb2.UpdateRun, "end_time"),
    "double": (service_pb2.LogMetric, "value"),
    "bool": (model_registry_pb2.TransitionModelVersionStage, "archive_existing_versions"),
    "string": (service_pb2.LogParam, "value"),
    "enum": (service_pb2.UpdateRun, "status"),
    "strings": (service_pb2.SearchRuns, "order_by"),
    "messages": (service_pb2.LogBatch, "params"),
}
LISTS = [
    "[]", "null", '["a"]', '["a","b"]', '"a"', "[1]", "[null]", "{}", '[{"key":"k","value":"v"}]', '[{"key":"k"}]',
    '[{"key":"k","value":null}]', '[{"key":"k","other":1}]', "[[]]", "[{}]",
]  # fmt: skip
WHOLE = [
    ("LogMetric", '{"runId":"r","key":"k","value":1,"timestamp":"5"}'),
    ("LogMetric", '{"runId":"r","run_id":"r","key":"k","value":1,"timestamp":5}'),
    ("LogMetric", '{"run_id":"r","key":"k","value":1,"timestamp":5,"unknown":{"a":[1]}}'),
    ("LogBatch", '{"run_id":"r","metrics":[{"key":"k","value":1,"timestamp":5,"datasetName":"d"}]}'),
    ("LogBatch", '{"run_id":"r","metrics":[{"key":"k","value":1,"timestamp":5,"runId":"d","run_id":"e"}]}'),
    ("SearchRuns", '{"experimentIds":["1"],"runViewType":"ALL","maxResults":"7","orderBy":["a"]}'),
]


NOT_SPOKEN = [
    "Trace",
    "Assess",
    "Gateway",
    "Scorer",
    "Webhook",
    "Workspace",
    "Issue",
    "Review",
    "Label",
    "Prompt",
    "Budget",
    "Guardrail",
    "Job",
    "Span",
]


def schema(module: object) -> dict:
    found = {}

    def add(message: object) -> None:
        found[message.full_name.removeprefix("mlflow.")] = {
            field.name: {
                "type": TYPES.get(field.type, "other"),
                "of": (field.message_type or field.enum_type).full_name.removeprefix("mlflow.")
                if field.message_type or field.enum_type
                else None,
                "repeated": field.is_repeated,
                "json_name": field.json_name,
            }
            for field in message.fields
        }
        for nested in message.nested_types:
            add(nested)

    for name, message in module.DESCRIPTOR.message_types_by_name.items():
        if not any(word in name for word in NOT_SPOKEN):
            add(message)
    return found


def enums(module: object) -> dict:
    return {
        name: {value.name: value.number for value in enum.values}
        for name, enum in module.DESCRIPTOR.enum_types_by_name.items()
    }


def read(message: object, text: str) -> object:
    """What MLflow understands, as it would write it; None when it does not."""
    try:
        value = json.loads(text)
        _reject_conflicting_field_aliases(value, message.DESCRIPTOR)
        parse_dict(value, message)
        return json.loads(message_to_json(message))
    except (ParseError, ValueError, TypeError, AttributeError, OverflowError, mlflow.MlflowException):
        return None


def written() -> dict:
    """Some messages as MLflow writes them."""
    metric = service_pb2.Metric
    data = service_pb2.RunData(
        metrics=[
            metric(key="nan", value=math.nan, timestamp=2**53 + 1, step=0),
            metric(key="inf", value=math.inf, timestamp=1, step=-(2**63)),
            metric(key="-inf", value=-math.inf, timestamp=1, step=2**63 - 1),
            metric(key="one", value=1, timestamp=1, step=1),
            metric(key="tiny", value=5e-324, timestamp=1, step=1, model_id="m-1"),
        ],
        params=[service_pb2.Param(key="empty", value="")],
        tags=[],
    )
    version = model_registry_pb2.ModelVersion(
        name="m", version="1", creation_timestamp=1, last_updated_timestamp=2, current_stage="None", status=3
    )
    return {"RunData": json.loads(message_to_json(data)), "ModelVersion": json.loads(message_to_json(version))}


def main() -> None:
    cases = []
    for kind, (message, field) in FIELDS.items():
        for text in LISTS if kind in {"strings", "messages"} else SCALARS:
            said = read(message(), f'{{"{field}":{text}}}')
            cases.append({"message": message.DESCRIPTOR.name, "field": field, "value": text, "read": said})
    facts = {
        "mlflow": mlflow.__version__,
        "schema": schema(service_pb2) | schema(model_registry_pb2) | schema(mlflow_artifacts_pb2),
        "enums": enums(service_pb2) | enums(model_registry_pb2),
        "fields": cases,
        "bodies": [
            {"message": name, "body": text, "read": read(getattr(service_pb2, name)(), text)} for name, text in WHOLE
        ],
        "written": written(),
    }
    ours = Path(__file__).with_name("wire.json")
    ours.write_text(json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
