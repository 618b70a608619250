from typing import Any

import msgspec
import pytest
from msgspec import inspect

from modelwright.mlflow_api.lenient import shape_of
from modelwright.mlflow_api.wire.values import Request
from tests.mlflow_api.facts import ENUMS, FACTS, REQUESTS, RESPONSES

SCHEMA = FACTS["schema"]
OTHER_NAMES = {
    "NewTag": "RunTag",
    "Tag": "RunTag",
    "NewParam": "Param",
    "NewMetric": "Metric",
    "NewDataset": "Dataset",
    "NewDatasetInput": "DatasetInput",
    "NewInputTag": "InputTag",
    "NewModelInput": "ModelInput",
    "NewModelOutput": "ModelOutput",
    "SearchedDataset": "SearchLoggedModels.Dataset",
    "OrderBy": "SearchLoggedModels.OrderBy",
    "ProxyListArtifacts": "artifacts.ListArtifacts",
    "ProxyListArtifactsResponse": "artifacts.ListArtifacts.Response",
    "CreateMultipartUpload": "artifacts.CreateMultipartUpload",
    "CreateMultipartUploadResponse": "artifacts.CreateMultipartUpload.Response",
    "MultipartUploadCredential": "artifacts.MultipartUploadCredential",
    "MultipartUploadPart": "artifacts.MultipartUploadPart",
    "CompleteMultipartUpload": "artifacts.CompleteMultipartUpload",
    "AbortMultipartUpload": "artifacts.AbortMultipartUpload",
    "GetPresignedDownloadUrlResponse": "artifacts.GetPresignedDownloadUrl.Response",
}
NOT_IN_SCHEMA = {
    "Empty",
    "GetMetricHistoryBulk",
    "GetMetricHistoryBulkResponse",
    "GetLoggedModelArtifact",
    "GetArtifact",
    "GetModelVersionArtifact",
    "UploadRunArtifact",
}
EXTRA_FIELDS = {("GetLoggedModel", "allow_deleted")}
NOT_SENT = {
    "Experiment": {"effective_trace_archival_retention", "workspace"},
    "RegisteredModel": {"deployment_job_id", "deployment_job_state"},
    "ModelVersion": {"deployment_job_state"},
}
KINDS = {
    inspect.StrType: {"string"},
    inspect.IntType: {"int32", "int64"},
    inspect.FloatType: {"double"},
    inspect.BoolType: {"bool"},
    inspect.EnumType: {"enum"},
    inspect.StructType: {"message"},
    inspect.DictType: {"message"},
}
MESSAGES = sorted((name, kind) for name, kind in (REQUESTS | RESPONSES).items() if name not in NOT_IN_SCHEMA)
ASKED = sorted((name, kind) for name, kind in REQUESTS.items() if name not in NOT_IN_SCHEMA)


def message_of(name: str) -> str:
    if name in OTHER_NAMES:
        return OTHER_NAMES[name]
    return name.removesuffix("Response") + ".Response" if name.endswith("Response") else name


def plain(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.UnionType):  # `None` and, in a Number, the names of what is not finite
        left_out = inspect.NoneType | inspect.LiteralType
        return next(plain(each) for each in kind.types if not isinstance(each, left_out))
    return plain(kind.item_type) if isinstance(kind, inspect.VarTupleType) else kind


def fields(kind: Any) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info.fields


@pytest.mark.parametrize(("name", "kind"), MESSAGES)
def test_message_has_mlflows_fields(name: str, kind: type[msgspec.Struct]) -> None:
    """Every field of a message has the name, the type and the multiplicity that MLflow's schema gives it."""
    theirs = SCHEMA[message_of(name)]
    ours = [field for field in fields(kind) if (name, field.name) not in EXTRA_FIELDS]

    assert {field.name for field in ours} == theirs.keys() - NOT_SENT.get(name, set())
    for field in ours:
        assert theirs[field.name]["type"] in KINDS[type(plain(field.type))], field.name
        repeated = isinstance(field.type, inspect.VarTupleType | inspect.DictType)
        assert theirs[field.name]["repeated"] == repeated, field.name


@pytest.mark.parametrize(("name", "kind"), ASKED)
def test_integer_has_mlflows_width(name: str, kind: type[Request]) -> None:
    """An int32 of a request is bounded like an int32, an int64 like an int64."""
    for field in fields(kind):
        integer = plain(field.type)
        if isinstance(integer, inspect.IntType):
            bits = int(SCHEMA[message_of(name)][field.name]["type"].removeprefix("int"))
            assert (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) == (integer.ge, integer.le), field.name


@pytest.mark.parametrize(("name", "kind"), ASKED)
def test_camel_case_name_is_protobufs(name: str, kind: type[Request]) -> None:
    """The second spelling that the lenient decoder knows for a field is the one protobuf derives."""
    for field in shape_of(kind).fields:
        if (name, field.name) not in EXTRA_FIELDS:
            assert SCHEMA[message_of(name)][field.name]["json_name"] == field.camel


@pytest.mark.parametrize("name", ENUMS)
def test_enum_has_mlflows_numbers(name: str) -> None:
    """Every enum has the names and numbers of MLflow's schema."""
    assert FACTS["enums"][name] == {member.value: member.number for member in ENUMS[name]}
