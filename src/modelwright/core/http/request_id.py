"""The id of the request being served: in the answer, in log lines and in the events it causes."""

import contextvars

_current: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """None outside a request (jobs, the command line)."""
    return _current.get()


def set_request_id(value: str | None) -> None:
    _current.set(value)
