"""The protocol's messages, from its field numbers. They live in a pool of their own, beside any other copy of them.

Source: kserve/open-inference-protocol, "open_inference_grpc.proto", Triton's "grpc_service.proto" for the index,
and gRPC's "health.proto".
A map field is on the wire what a repeated message of key and value is, and is written so here.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "inference"

# name of a message -> its fields: number, name, type; "*" marks a repeated one.
_MESSAGES: dict[str, tuple[tuple[int, str, str], ...]] = {
    "ServerLiveRequest": (),
    "ServerLiveResponse": ((1, "live", "bool"),),
    "ServerReadyRequest": (),
    "ServerReadyResponse": ((1, "ready", "bool"),),
    "ModelReadyRequest": ((1, "name", "string"), (2, "version", "string")),
    "ModelReadyResponse": ((1, "ready", "bool"),),
    "ServerMetadataRequest": (),
    "ServerMetadataResponse": ((1, "name", "string"), (2, "version", "string"), (3, "extensions", "string*")),
    "ModelMetadataRequest": ((1, "name", "string"), (2, "version", "string")),
    "TensorMetadata": ((1, "name", "string"), (2, "datatype", "string"), (3, "shape", "int64*")),
    "ModelMetadataResponse": (
        (1, "name", "string"),
        (2, "versions", "string*"),
        (3, "platform", "string"),
        (4, "inputs", "TensorMetadata*"),
        (5, "outputs", "TensorMetadata*"),
    ),
    "InferParameter": (
        (1, "bool_param", "bool"),
        (2, "int64_param", "int64"),
        (3, "string_param", "string"),
        (4, "double_param", "double"),
        (5, "uint64_param", "uint64"),
    ),
    "ParameterEntry": ((1, "key", "string"), (2, "value", "InferParameter")),
    "InferTensorContents": (
        (1, "bool_contents", "bool*"),
        (2, "int_contents", "int32*"),
        (3, "int64_contents", "int64*"),
        (4, "uint_contents", "uint32*"),
        (5, "uint64_contents", "uint64*"),
        (6, "fp32_contents", "float*"),
        (7, "fp64_contents", "double*"),
        (8, "bytes_contents", "bytes*"),
    ),
    "InferTensor": (
        (1, "name", "string"),
        (2, "datatype", "string"),
        (3, "shape", "int64*"),
        (4, "parameters", "ParameterEntry*"),
        (5, "contents", "InferTensorContents"),
    ),
    "InferRequestedOutput": ((1, "name", "string"), (2, "parameters", "ParameterEntry*")),
    "ModelInferRequest": (
        (1, "model_name", "string"),
        (2, "model_version", "string"),
        (3, "id", "string"),
        (4, "parameters", "ParameterEntry*"),
        (5, "inputs", "InferTensor*"),
        (6, "outputs", "InferRequestedOutput*"),
        (7, "raw_input_contents", "bytes*"),
    ),
    "ModelInferResponse": (
        (1, "model_name", "string"),
        (2, "model_version", "string"),
        (3, "id", "string"),
        (4, "parameters", "ParameterEntry*"),
        (5, "outputs", "InferTensor*"),
        (6, "raw_output_contents", "bytes*"),
    ),
    "RepositoryIndexRequest": ((1, "repository_name", "string"), (2, "ready", "bool")),
    "ModelIndex": ((1, "name", "string"), (2, "version", "string"), (3, "state", "string"), (4, "reason", "string")),
    "RepositoryIndexResponse": ((1, "models", "ModelIndex*"),),
    # gRPC's own, where the status is an enumeration, which on the wire is a number.
    "HealthCheckRequest": ((1, "service", "string"),),
    "HealthCheckResponse": ((1, "status", "int32"),),
}

_Field = descriptor_pb2.FieldDescriptorProto


def _built() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="modelwright/inference.proto", package=PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field, kind in fields:
            repeated = kind.endswith("*")
            label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
            plain = kind.rstrip("*")
            if plain in _MESSAGES:
                told = {"type": _Field.TYPE_MESSAGE, "type_name": f".{PACKAGE}.{plain}"}
            else:
                told = {"type": _Field.Type.Value(f"TYPE_{plain.upper()}")}
            message.field.add(name=field, number=number, label=label, **told)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in _MESSAGES
    }


MESSAGES: dict[str, Any] = _built()
