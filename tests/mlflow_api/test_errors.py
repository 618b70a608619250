import json

import pytest

from modelwright.core import errors
from modelwright.core.db.failures import Duplicate
from modelwright.mlflow_api.errors import error_answer, speaks_mlflow


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.BadInput("x"), 400, "INVALID_PARAMETER_VALUE"),
        (errors.AlreadyExists("x"), 400, "RESOURCE_ALREADY_EXISTS"),
        (errors.Unauthenticated("x"), 401, "UNAUTHENTICATED"),
        (errors.Denied("x"), 403, "PERMISSION_DENIED"),
        (errors.NotFound("x"), 404, "RESOURCE_DOES_NOT_EXIST"),
        (errors.NoSuchRoute("x"), 404, "ENDPOINT_NOT_FOUND"),
        (errors.Conflict("x"), 409, "RESOURCE_CONFLICT"),
        (Duplicate("x"), 409, "RESOURCE_CONFLICT"),
        (errors.TooLarge("x"), 413, "BAD_REQUEST"),
        (errors.RateLimited("x"), 429, "REQUEST_LIMIT_EXCEEDED"),
        (errors.Unavailable("x"), 503, "TEMPORARILY_UNAVAILABLE"),
        (errors.StorageFull("x"), 507, "RESOURCE_EXHAUSTED"),
    ],
)
def test_error_has_mlflows_code(error: errors.ModelwrightError, status: int, code: str) -> None:
    """Every error of ours has the code that MLflow's clients branch on, and its status."""
    answered, body = error_answer(error)

    assert (status, {"error_code": code, "message": "x"}) == (answered, json.loads(body))


@pytest.mark.parametrize("error", [errors.Internal("secret"), KeyError("secret")])
def test_our_own_fault_tells_nothing(error: Exception) -> None:
    """What is unexpected is a 500 whose details are in the log only."""
    status, body = error_answer(error)

    assert (500, "INTERNAL_ERROR") == (status, json.loads(body)["error_code"])
    assert b"secret" not in body


@pytest.mark.parametrize(
    ("path", "spoken"),
    [
        ("/api/2.0/mlflow/unknown", True),
        ("/ajax-api/3.0/mlflow/traces", True),
        ("/get-artifact", True),
        ("/api/v1/models", False),
        ("/", False),
    ],
)
def test_dialect_is_chosen_by_path(path: str, spoken: bool) -> None:  # noqa: FBT001 - the value under test
    """Unknown routes below MLflow's prefixes are answered in its dialect too."""
    assert spoken is speaks_mlflow(path)
