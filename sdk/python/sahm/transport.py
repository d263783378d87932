"""One call to the service: its attempts, their time, and the key under which they count once."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any, Callable, Generic, Iterator, Mapping, Optional, TypedDict, TypeVar

from .details import Answer, Details, parse, write
from .errors import ConnectionError, SahmError, TimeoutError, error_of
from .retry import pause_seconds

Data = TypeVar("Data")
Event = TypeVar("Event")
Result = TypeVar("Result")

DEFAULT_TIMEOUT_SECONDS = 150.0
DEFAULT_MAX_RETRIES = 2


class CallOptions(TypedDict, total=False):
    """Options of one call. Absent options are the client's."""

    #: How long the service may be silent.
    timeout_seconds: float
    max_retries: int
    #: 1 to 255 printable characters. The same key again gets the first reply again, and is not charged again. If you
    #: give
    #: none, each call that is charged has a new one, which all its attempts use.
    idempotency_key: str


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    #: ``charged``: sent with an idempotency key. ``repeatable``: doing it twice has the effect of doing it once.
    #: ``once``: neither.
    kind: str
    query: Optional[Mapping[str, Any]] = None
    body: Optional[Mapping[str, Any]] = None
    options: Optional[CallOptions] = None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Following a redirection could send the key to another host."""

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: Any
    ) -> None:
        return None


class Stream(Details, Generic[Event]):
    """
    A reply as it comes: ``for event in stream``, once. It raises where the stream ends with an error or breaks off.
    ``close()``, or leaving a ``with`` block, gives up: what came until then is charged, if there was any.
    """

    def __init__(self, response: http.client.HTTPResponse) -> None:
        super().__init__(response.headers)
        self._response = response
        self._events = self._read()

    def __iter__(self) -> Iterator[Event]:
        return self._events

    def __enter__(self) -> Stream[Event]:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        self._response.close()

    def _read(self) -> Iterator[Event]:
        try:
            for data in self._data():
                if data == "[DONE]":
                    return
                yield self._event_of(data)
            raise ConnectionError("The stream broke off before its end")
        finally:
            self.close()

    def _data(self) -> Iterator[str]:
        """The service writes one ``data:`` line an event; comments keep the connection open."""
        while True:
            try:
                line = self._response.readline()
            except (OSError, http.client.HTTPException) as error:
                raise _failure_of(error) from error
            # Half a line is all that came before the stream broke off.
            if not line.endswith(b"\n"):
                return
            if line.startswith(b"data:"):
                yield line[5:].strip().decode(errors="replace")

    def _event_of(self, data: str) -> Event:
        try:
            event = parse(data)
        except ValueError as error:
            raise ConnectionError("An event of the stream is no JSON") from error
        if event.error:
            raise error_of(self._response.status, self.headers, json.loads(data))
        return event  # type: ignore[no-any-return]


class Transport:
    def __init__(
        self,
        api_key: str,
        base_url: Optional[str],
        timeout_seconds: float,
        max_retries: int,
        language: Optional[str],
    ) -> None:
        address = base_url or os.environ.get("SAHM_URL")
        if not address:
            raise SahmError("Where is the service? Give base_url, or set SAHM_URL.")
        self._base_url = address.rstrip("/")
        self._api_key = api_key
        self._timeout_seconds = timeout_seconds
        self._max_retries = max_retries
        self._language = language
        # Proxies are those of the environment, certificates those of the system.
        self._opener = urllib.request.build_opener(_NoRedirect)

    def whole(self, call: Call) -> Answer[Any]:
        """A whole answer."""

        def read(response: http.client.HTTPResponse) -> Answer[Any]:
            with response:
                return Answer(parse(response.read().decode()), response.headers)

        return self._attempts(call, read)

    def stream(self, call: Call) -> Stream[Any]:
        """Returns a stream as soon as it begins. From then on nothing is tried again."""
        return self._attempts(call, Stream)

    def _attempts(self, call: Call, read: Callable[[http.client.HTTPResponse], Result]) -> Result:
        options = call.options or {}
        request = self._request_of(call)
        is_repeatable = call.kind != "once" or "idempotency_key" in options
        max_retries = options.get("max_retries", self._max_retries)
        timeout_seconds = options.get("timeout_seconds", self._timeout_seconds)
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._attempt(request, timeout_seconds, read)
            except SahmError as failure:
                if attempt > max_retries:
                    raise
                pause = pause_seconds(failure, attempt, is_repeatable, random.random())
                if pause is None:
                    raise
            time.sleep(pause)

    def _attempt(
        self,
        request: urllib.request.Request,
        timeout_seconds: float,
        read: Callable[[http.client.HTTPResponse], Result],
    ) -> Result:
        try:
            try:
                return read(self._opener.open(request, timeout=timeout_seconds))
            except urllib.error.HTTPError as refusal:
                with refusal:
                    body = _body_of(refusal)
                failure = error_of(refusal.code, refusal.headers, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _failure_of(error) from error
        raise failure

    def _request_of(self, call: Call) -> urllib.request.Request:
        options = call.options or {}
        given = {name: value for name, value in (call.query or {}).items() if value is not None}
        query = f"?{urllib.parse.urlencode(given)}" if given else ""
        body = None if call.body is None else write(call.body)
        request = urllib.request.Request(f"{self._base_url}{call.path}{query}", body, method=call.method)
        request.add_header("Accept", "application/json, text/event-stream;q=0.9, */*;q=0.1")
        # Another host never gets the key: redirections are not followed, and proxies get their own credentials.
        _add_header(request, "Authorization", f"Bearer {self._api_key}")
        if self._language is not None:
            _add_header(request, "Accept-Language", self._language)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        made_key = str(uuid.uuid4()) if call.kind == "charged" else None
        idempotency_key = options.get("idempotency_key", made_key)
        if idempotency_key is not None:
            _add_header(request, "Idempotency-Key", idempotency_key)
        return request


def _add_header(request: urllib.request.Request, name: str, value: str) -> None:
    """A key that was read from a file often ends with a line break. An error must not show the value."""
    text = value.strip()
    if not (text.isascii() and text.isprintable()):
        raise SahmError(f"{name} has characters that a header cannot have")
    request.add_header(name, text)


def _failure_of(error: Exception) -> SahmError:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, socket.timeout):
        return TimeoutError("The service was silent for too long")
    return ConnectionError("The service could not be reached, or broke off")


def _body_of(refusal: urllib.error.HTTPError) -> Any:
    text = refusal.read().decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
