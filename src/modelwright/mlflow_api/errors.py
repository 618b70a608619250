"""Our errors as MLflow's clients expect them: `{"error_code", "message"}` and the status of that code.

The clients look only at `error_code`, and repeat any request that is answered with 408, 429, 500, 502,
503 or 504.
"""

from typing import Any, Final

import msgspec
from litestar import Request as LitestarRequest
from litestar import Response as LitestarResponse

from modelwright.core.errors import (
    AlreadyExists,
    BadInput,
    Conflict,
    Denied,
    ModelwrightError,
    NoSuchRoute,
    NotFound,
    RateLimited,
    StorageFull,
    Unauthenticated,
    Unavailable,
)
from modelwright.core.http.render import as_ours, error_body

PREFIXES: Final = (
    "/api/2.0/",
    "/api/3.0/",
    "/ajax-api/2.0/",
    "/ajax-api/3.0/",
    "/get-artifact",
    "/model-versions/",
    "/graphql",
    "/gateway/",
    "/v1/traces",
)
"""Where this dialect is spoken; everywhere else errors have the form of `/api/v1`."""

_CODES: Final[dict[type[ModelwrightError], str]] = {
    BadInput: "INVALID_PARAMETER_VALUE",
    AlreadyExists: "RESOURCE_ALREADY_EXISTS",
    Conflict: "RESOURCE_CONFLICT",
    NoSuchRoute: "ENDPOINT_NOT_FOUND",
    NotFound: "RESOURCE_DOES_NOT_EXIST",
    Unauthenticated: "UNAUTHENTICATED",
    Denied: "PERMISSION_DENIED",
    RateLimited: "REQUEST_LIMIT_EXCEEDED",
    StorageFull: "RESOURCE_EXHAUSTED",
    Unavailable: "TEMPORARILY_UNAVAILABLE",
}
_NO_SUCH_METHOD: Final = 405
_STATUS: Final = {"RESOURCE_ALREADY_EXISTS": 400}


class ErrorAnswer(msgspec.Struct, frozen=True):
    error_code: str
    message: str


def speaks_mlflow(path: str) -> bool:
    """Whether errors of this path, unknown routes included, are rendered in MLflow's dialect."""
    return path.startswith(PREFIXES)


def error_answer(error: Exception) -> tuple[int, bytes]:
    """Status and body for whatever a handler raised; the unexpected is logged and shown as our fault."""
    ours = as_ours(error)
    code = error_code(ours)
    return _STATUS.get(code, ours.status), msgspec.json.encode(ErrorAnswer(code, error_body(ours).message))


def error_code(error: ModelwrightError) -> str:
    if error.status == _NO_SUCH_METHOD:
        return "ENDPOINT_NOT_FOUND"
    for kind in type(error).__mro__:
        if kind in _CODES:
            return _CODES[kind]
    return "BAD_REQUEST" if error.status < 500 else "INTERNAL_ERROR"  # noqa: PLR2004 - HTTP's own number


def render(_request: LitestarRequest[Any, Any, Any], error: Exception) -> LitestarResponse[bytes]:
    """Litestar's exception handler for what fails before a handler of ours is reached, such as unknown routes."""
    status, content = error_answer(error)
    return LitestarResponse(content, status_code=status, media_type="application/json")
