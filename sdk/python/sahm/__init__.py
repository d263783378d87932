"""The client of Sahm: chats, media, and what is left of a license."""

from .client import Sahm
from .details import Answer, Details, Left, Record
from .errors import (
    ApiError,
    AuthenticationError,
    ConflictError,
    ConnectionError,
    InvalidRequestError,
    NotFoundError,
    PermissionError,
    QuotaExhaustedError,
    QuotaReservedError,
    RateLimitError,
    SahmError,
    ServiceError,
    TimeoutError,
    UpstreamError,
)
from .transport import CallOptions, Stream

#: The name in the samples of seed 004, so that programs written for them change their import alone.
AIModels = Sahm

__version__ = "0.1.0"

__all__ = [
    "AIModels",
    "Answer",
    "ApiError",
    "AuthenticationError",
    "CallOptions",
    "ConflictError",
    "ConnectionError",
    "Details",
    "InvalidRequestError",
    "Left",
    "NotFoundError",
    "PermissionError",
    "QuotaExhaustedError",
    "QuotaReservedError",
    "RateLimitError",
    "Record",
    "Sahm",
    "SahmError",
    "ServiceError",
    "Stream",
    "TimeoutError",
    "UpstreamError",
]
