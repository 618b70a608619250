"""The one tree of errors.

ModelwrightError
├── BadInput         400  the value breaks a rule; the message names value, rule and remedy
├── Unauthenticated  401  nobody is known to be asking
├── Denied           403  somebody is, and may not
├── NotFound         404
│   └── NoSuchRoute  404  the address itself is unknown
├── Conflict         409  well formed, but the present state forbids it
│   └── AlreadyExists 409  the name is taken
├── TooLarge         413  more bytes than the limit allows
├── RateLimited      429
├── Internal         500  our fault; details are in the log, under the request id
├── Unavailable      503  the same request may succeed later
└── StorageFull      507  the disk or the quota is used up; reads go on

A message says what was asked, what is so, and what would work. `facts` carry the same for machines; they
must be JSON values. Renderers (one for `/api/v1`, one for the MLflow dialect) read only `status`, `code`,
`message` and `facts`.
"""

from typing import Any


class ModelwrightError(Exception):
    status: int = 500
    code: str = "internal"

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class BadInput(ModelwrightError):
    status = 400
    code = "bad_input"


class Unauthenticated(ModelwrightError):
    status = 401
    code = "unauthenticated"


class Denied(ModelwrightError):
    status = 403
    code = "denied"


class NotFound(ModelwrightError):
    status = 404
    code = "not_found"


class NoSuchRoute(NotFound):
    code = "no_such_route"


class Conflict(ModelwrightError):
    status = 409
    code = "conflict"


class AlreadyExists(Conflict):
    code = "already_exists"


class TooLarge(ModelwrightError):
    status = 413
    code = "too_large"


class RateLimited(ModelwrightError):
    status = 429
    code = "rate_limited"


class Internal(ModelwrightError):
    status = 500
    code = "internal"


class Unavailable(ModelwrightError):
    status = 503
    code = "unavailable"


class StorageFull(ModelwrightError):
    status = 507
    code = "storage_full"
