import json
import math

from modelwright.mlflow_api.encode import encode, number
from modelwright.mlflow_api.wire.registry import ModelVersion, ModelVersionStatus
from modelwright.mlflow_api.wire.runs import RunData
from modelwright.mlflow_api.wire.values import Metric, Param
from tests.mlflow_api.facts import FACTS


def test_run_data_is_written_as_mlflow_writes_it() -> None:
    """NaN and the infinities are strings, 64-bit integers are exact numbers, empty lists are left out."""
    data = RunData(
        metrics=(
            Metric(key="nan", value=number(math.nan), timestamp=2**53 + 1, step=0),
            Metric(key="inf", value=number(math.inf), timestamp=1, step=-(2**63)),
            Metric(key="-inf", value=number(-math.inf), timestamp=1, step=2**63 - 1),
            Metric(key="one", value=1.0, timestamp=1, step=1),
            Metric(key="tiny", value=5e-324, timestamp=1, step=1, model_id="m-1"),
        ),
        params=(Param(key="empty", value=""),),
    )

    assert FACTS["written"]["RunData"] == json.loads(encode(data))


def test_version_is_written_as_mlflow_writes_it() -> None:
    """What is not set is left out, enums are names."""
    version = ModelVersion(
        name="m",
        version="1",
        creation_timestamp=1,
        last_updated_timestamp=2,
        current_stage="None",
        status=ModelVersionStatus.READY,
    )

    assert FACTS["written"]["ModelVersion"] == json.loads(encode(version))


def test_finite_number_is_itself() -> None:
    """Only what JSON cannot say becomes a string."""
    assert 0.1 == number(0.1)
