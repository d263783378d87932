"""What a call can raise. Which class it is depends on the code that the service says."""

from __future__ import annotations

from email.message import Message
from typing import Any, Optional

from .details import Details, left_in

_STREAMED = 200


class SahmError(Exception):
    """The class of all errors that this package makes itself."""


class ConnectionError(SahmError):
    """No answer came, or it broke off. The request may have been charged. Sending it again with the same idempotency
    key tells."""


class TimeoutError(ConnectionError):
    """The service was silent for ``timeout_seconds``."""


class ApiError(SahmError, Details):
    """The service said no, or failed."""

    #: The HTTP status; 200 for an error that ended a stream.
    status: int
    #: The code for programs, such as ``quota_exhausted``. None if something else than the service answered.
    code: Optional[str]
    type: Optional[str]
    #: The field of the request that is wrong.
    param: Optional[str]
    #: All that the service said.
    body: Any

    def __init__(self, status: int, headers: Message, body: Any) -> None:
        top = body if isinstance(body, dict) else {}
        fields = top["error"] if isinstance(top.get("error"), dict) else top
        self.message = _text(fields.get("message")) or f"The service answered with status {status}"
        SahmError.__init__(self, self.message)
        Details.__init__(self, headers)
        if status == _STREAMED:
            # The headers of a stream were sent before its end. So the error that ends it has the numbers itself.
            quota = top["quota"] if isinstance(top.get("quota"), dict) else {}
            charged = quota.get("charged")
            self.charged = charged if isinstance(charged, int) else None
            self.quota = left_in(quota)
        self.status = status
        self.code = _text(fields.get("code"))
        self.type = _text(fields.get("type"))
        self.param = _text(fields.get("param")) or _text(fields.get("field"))
        self.body = body


class QuotaExhaustedError(ApiError):
    """The month's quota is used up: wait for ``quota.resets_at``, or buy an add-on. Asking again does not help."""


class QuotaReservedError(ApiError):
    """Requests under way hold what is left."""


class RateLimitError(ApiError):
    """Too many requests a minute (``rate_limit.resets_at`` says until when), or at once."""


class UpstreamError(ApiError):
    """The model's provider failed or cannot be reached. It cost nothing."""


class InvalidRequestError(ApiError):
    """The request is wrong: ``param`` names the field."""


class AuthenticationError(ApiError):
    """The key is unknown, or no longer valid."""


class PermissionError(ApiError):
    """The plan or the key does not allow it."""


class NotFoundError(ApiError):
    pass


class ConflictError(ApiError):
    """The request conflicts with the present state. ``code`` says how."""


class ServiceError(ApiError):
    """The service has a problem, or a proxy before it."""


_CLASS_OF_CODE = {
    "quota_exhausted": QuotaExhaustedError,
    "quota_reserved": QuotaReservedError,
    "rate_limited": RateLimitError,
    "upstream_failed": UpstreamError,
    "upstream_unavailable": UpstreamError,
    "upstream_timeout": UpstreamError,
}

_CLASS_OF_STATUS = {
    400: InvalidRequestError,
    401: AuthenticationError,
    403: PermissionError,
    404: NotFoundError,
    405: InvalidRequestError,
    409: ConflictError,
    413: InvalidRequestError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitError,
}


def error_of(status: int, headers: Message, body: Any) -> ApiError:
    """The error in a body, in any of the service's forms."""
    error = ApiError(status, headers, body)
    of_code = _CLASS_OF_CODE.get(error.code or "")
    chosen = of_code or _CLASS_OF_STATUS.get(status) or ServiceError
    return chosen(status, headers, body)


def _text(value: Any) -> Optional[str]:
    return value if isinstance(value, str) and value != "" else None
