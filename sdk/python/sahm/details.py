"""What the headers of an answer say beside its body, and the values that JSON is read into."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from email.message import Message
from types import SimpleNamespace
from typing import Any, Generic, Optional, TypeVar

Data = TypeVar("Data")


class Record(SimpleNamespace):
    """An object of JSON: ``record.name`` or ``record["name"]``. A field that it does not have is None."""

    def __getattr__(self, name: str) -> Any:
        # Python itself asks for these names, and would take None for an answer.
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def __getitem__(self, name: str) -> Any:
        return vars(self)[name]

    def __contains__(self, name: str) -> bool:
        return name in vars(self)


def parse(text: str) -> Any:
    return json.loads(text, object_hook=lambda fields: Record(**fields))


def write(value: Any) -> bytes:
    """Turns it back into plain values, so that it can be sent again, as history."""
    return json.dumps(value, default=vars, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Left:
    limit: int
    remaining: int
    resets_at: datetime


class Details:
    """What the headers of an answer, or of an error of the service, say."""

    def __init__(self, headers: Message) -> None:
        self.headers = headers
        #: Name it when you ask for support.
        self.request_id: Optional[str] = headers.get("x-request-id")
        #: What the request cost: requests, or micro-dollars if the plan sells money. None if the service does not say.
        self.charged: Optional[int] = number_in(headers, "x-quota-charged")
        #: What is left this month at the provider that was used.
        self.quota: Optional[Left] = _left_of(headers, "x-quota")
        #: Set for a license with a limit of requests a minute.
        self.rate_limit: Optional[Left] = _left_of(headers, "x-ratelimit")


class Answer(Details, Generic[Data]):
    def __init__(self, data: Data, headers: Message) -> None:
        super().__init__(headers)
        self.data = data
        #: Whether it is a repetition of the first reply to the same Idempotency-Key.
        self.is_replay = headers.get("idempotent-replayed") == "true"


def number_in(headers: Message, name: str) -> Optional[int]:
    text = headers.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _left_of(headers: Message, name: str) -> Optional[Left]:
    limit, remaining, reset_seconds = (number_in(headers, f"{name}-{field}") for field in ("limit", "remaining", "reset"))
    if limit is None or remaining is None or reset_seconds is None:
        return None
    return Left(limit, remaining, datetime.fromtimestamp(reset_seconds, timezone.utc))


def left_in(quota: "dict[str, Any]") -> Optional[Left]:
    """Reads the quota in a body."""
    limit, remaining, resets_at = (quota.get(name) for name in ("limit", "remaining", "resets_at"))
    if not isinstance(limit, int) or not isinstance(remaining, int) or not isinstance(resets_at, str):
        return None
    return Left(limit, remaining, datetime.fromisoformat(resets_at.replace("Z", "+00:00")))
