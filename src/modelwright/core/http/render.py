"""Errors on the wire: one body for `/api/v1`; unexpected ones never show a stack, a path or SQL."""

import logging
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException

from modelwright.core.errors import BadInput, Internal, ModelwrightError, NoSuchRoute
from modelwright.core.http.request_id import current_request_id

_log = logging.getLogger(__name__)
_RETRY_S = {429: "1", 503: "1", 507: "30"}


class ErrorBody(msgspec.Struct, frozen=True):
    """What `/api/v1` answers when it cannot do what was asked."""

    code: str
    message: str
    facts: dict[str, Any]
    request_id: str | None


def error_body(error: ModelwrightError) -> ErrorBody:
    message, facts = error.message, error.facts
    if isinstance(error, Internal):  # its words are for the log
        message, facts = "the server failed; its log has the details under the request id", {}
    return ErrorBody(code=error.code, message=message, facts=facts, request_id=current_request_id())


def as_ours(error: Exception) -> ModelwrightError:
    """Our error for anything that a route raised; what is unexpected goes to the log and becomes Internal."""
    if isinstance(error, Internal):
        _log.error("request failed", exc_info=error)
        return error
    if isinstance(error, ModelwrightError):
        return error
    if isinstance(error, NotFoundException):
        return NoSuchRoute("nothing is served at this address")
    if isinstance(error, ValidationException):
        return BadInput(_validation_message(error))
    if isinstance(error, HTTPException) and error.status_code < Internal.status:
        refused = BadInput(error.detail)
        refused.status = error.status_code
        return refused
    if isinstance(error, msgspec.MsgspecError):
        return BadInput(str(error))
    if isinstance(error, RecursionError):  # nothing of ours recurses as deep as a body can be nested
        _log.warning("refused a body nested beyond what can be read", exc_info=error)
        return BadInput("the body is nested too deeply")
    _log.error("request failed", exc_info=error)
    return Internal(str(error))


def render(_request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """Litestar's exception handler for everything but the MLflow dialect."""
    ours = as_ours(error)
    headers = {"retry-after": _RETRY_S[ours.status]} if ours.status in _RETRY_S else None
    return Response(error_body(ours), status_code=ours.status, headers=headers, media_type="application/json")


def _validation_message(error: ValidationException) -> str:
    extra = error.extra if isinstance(error.extra, list) else []
    parts = [f"{e.get('key', 'value')}: {e.get('message', '')}" for e in extra if isinstance(e, dict)]
    return "; ".join(parts) or error.detail
