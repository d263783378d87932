"""What a license key can ask: chats, media, models, and what is left of the license."""

from __future__ import annotations

import os
from typing import Any, Dict, Literal, Optional, Sequence, Union, overload
from urllib.parse import quote

from . import types
from .details import Answer, Record
from .errors import SahmError
from .transport import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT_SECONDS,
    Call,
    CallOptions,
    Stream,
    Transport,
)


class Sahm:
    """
    :param api_key: the license key; where it is absent, ``SAHM_KEY`` of the environment.
    :param base_url: such as ``https://ai.example.com``, without ``/v1``; where it is absent, ``SAHM_URL``.
    :param timeout_seconds: how long the service may be silent.
    :param max_retries: how often a call that failed for a passing reason is made again.
    :param language: of the messages in errors: ``fa``, ``en`` or ``zh-TW``; where it is absent, the service's choice.
    """

    def __init__(
        self,
        api_key: Optional[str] = None,
        *,
        base_url: Optional[str] = None,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        max_retries: int = DEFAULT_MAX_RETRIES,
        language: Optional[str] = None,
    ) -> None:
        key = api_key or os.environ.get("SAHM_KEY")
        if not key:
            raise SahmError("There is no license key: give api_key, or set SAHM_KEY.")
        transport = Transport(key, base_url, timeout_seconds, max_retries, language)
        self._transport = transport
        self.chat = Chat(transport)
        self.code = Code(transport)
        self.images = Images(transport)
        self.audio = Audio(transport)
        self.video = Videos(transport)
        self.models = Models(transport)
        self.license = License(transport)

    @overload
    def chat_v3(
        self,
        *,
        model: str,
        prompt: str,
        messages: Sequence[types.Message] = ...,
        image_url: Optional[str] = ...,
        user: Optional[str] = ...,
        stream: Literal[False] = ...,
        options: Optional[CallOptions] = ...,
    ) -> Answer[types.ChatV3Reply]: ...

    @overload
    def chat_v3(
        self,
        *,
        model: str,
        prompt: str,
        messages: Sequence[types.Message] = ...,
        image_url: Optional[str] = ...,
        user: Optional[str] = ...,
        stream: Literal[True],
        options: Optional[CallOptions] = ...,
    ) -> Stream[types.ChatV3Event]: ...

    def chat_v3(
        self, *, options: Optional[CallOptions] = None, **body: Any
    ) -> Union[Answer[types.ChatV3Reply], Stream[types.ChatV3Event]]:
        """Asks one prompt and gets one reply, in the MyAIHub dialect."""
        call = _charged("/api/chat_v3", body, options)
        return self._transport.stream(call) if body.get("stream") else self._transport.whole(call)


class _Calls:
    """What the calls of one subject have in common."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _read(self, path: str, options: Optional[CallOptions], **query: Any) -> Answer[Any]:
        return self._transport.whole(Call("GET", path, "repeatable", query=query, options=options))

    def _in_envelope(self, call: Call) -> Answer[Any]:
        """What is in ``{success, data, message, timestamp}``."""
        answer = self._transport.whole(call)
        return Answer(answer.data.data, answer.headers)


class Chat:
    def __init__(self, transport: Transport) -> None:
        self.completions = ChatCompletions(transport)


class ChatCompletions(_Calls):
    @overload
    def create(
        self,
        *,
        model: str,
        messages: Sequence[types.Message],
        stream: Literal[False] = ...,
        options: Optional[CallOptions] = ...,
        **fields: Any,
    ) -> Answer[types.ChatCompletion]: ...

    @overload
    def create(
        self,
        *,
        model: str,
        messages: Sequence[types.Message],
        stream: Literal[True],
        options: Optional[CallOptions] = ...,
        **fields: Any,
    ) -> Stream[types.ChatChunk]: ...

    def create(
        self, *, options: Optional[CallOptions] = None, **body: Any
    ) -> Union[Answer[types.ChatCompletion], Stream[types.ChatChunk]]:
        """Takes the fields of OpenAI's chats, such as ``temperature``, ``max_tokens`` and ``tools``."""
        call = _charged("/v1/chat/completions", body, options)
        return self._transport.stream(call) if body.get("stream") else self._transport.whole(call)

    def estimate(
        self,
        *,
        model: str,
        messages: Sequence[types.Message],
        options: Optional[CallOptions] = None,
        **fields: Any,
    ) -> Answer[types.Estimate]:
        """Tells whether the balance is enough for a chat, and the most that the chat can cost. Asking costs nothing."""
        body = _given(model=model, messages=messages, **fields)
        call = Call("POST", "/v1/estimate", "repeatable", body=body, options=options)
        return self._transport.whole(call)


class Code:
    def __init__(self, transport: Transport) -> None:
        self.completions = CodeCompletions(transport)


class CodeCompletions(_Calls):
    def create(
        self, *, model: str, prompt: str, options: Optional[CallOptions] = None, **fields: Any
    ) -> Answer[types.CodeCompletion]:
        """``fields``: ``language``, ``max_tokens``."""
        body = {"model": model, "prompt": prompt, **fields}
        return self._in_envelope(_charged("/envelope/v1/code/completions", body, options))


class Images(_Calls):
    def create(
        self, *, model: str, prompt: str, options: Optional[CallOptions] = None, **fields: Any
    ) -> Answer[types.Images]:
        """``fields``: ``n``, ``size``, ``style``."""
        body = {"model": model, "prompt": prompt, **fields}
        return self._in_envelope(_charged("/envelope/v1/images/generations", body, options))


class Audio(_Calls):
    def create(
        self, *, model: str, prompt: str, options: Optional[CallOptions] = None, **fields: Any
    ) -> Answer[types.Audio]:
        """``fields``: ``duration`` (in seconds), ``format``."""
        body = {"model": model, "prompt": prompt, **fields}
        return self._in_envelope(_charged("/envelope/v1/audio/generations", body, options))


class Videos(_Calls):
    def create(
        self, *, model: str, prompt: str, options: Optional[CallOptions] = None, **fields: Any
    ) -> Answer[types.Video]:
        """Begins a video. ``get`` tells when it is ready. ``fields``: ``duration`` (in seconds), ``resolution``,
        ``image_url`` (the first picture)."""
        body = {"model": model, "prompt": prompt, **fields}
        return self._in_envelope(_charged("/envelope/v1/video/generations", body, options))

    def get(self, id: str, *, options: Optional[CallOptions] = None) -> Answer[types.Video]:
        path = f"/envelope/v1/video/generations/{quote(id, safe='')}"
        return self._in_envelope(Call("GET", path, "repeatable", options=options))


class Models(_Calls):
    def list(self, *, options: Optional[CallOptions] = None) -> Answer[types.Models]:
        """Lists all models. ``available`` says whether the license may use a model."""
        return self._read("/v1/models", options)

    def get(self, id: str, *, options: Optional[CallOptions] = None) -> Answer[types.Model]:
        return self._read(f"/v1/models/{quote(id, safe='')}", options)


class License(_Calls):
    """What the holder of a license key can ask about the license."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self.keys = LicenseKeys(transport)

    def get(self, *, options: Optional[CallOptions] = None) -> Answer[types.License]:
        """The license: its state, what is left, and its add-ons."""
        return self._read("/api/license", options)

    def usage(
        self,
        *,
        from_: Optional[str] = None,
        to: Optional[str] = None,
        group: Optional[str] = None,
        options: Optional[CallOptions] = None,
    ) -> Answer[types.UsageReport]:
        """
        Requests, tokens and cost.

        :param from_: the first day, ``2026-11-01``; ``to`` is the last one.
        :param group: by ``day``, ``model``, ``provider``, ``key`` or ``user``.
        """
        return self._read("/api/license/usage", options, **{"from": from_, "to": to, "group": group})

    def requests(self, *, options: Optional[CallOptions] = None, **query: Any) -> Answer[Record]:
        """One by one, newest first. ``cursor=answer.data.next_cursor`` asks for the next page."""
        return self._read("/api/license/requests", options, **query)

    def refusals(self, *, options: Optional[CallOptions] = None, **query: Any) -> Answer[Record]:
        return self._read("/api/license/refusals", options, **query)

    def purchases(self, *, options: Optional[CallOptions] = None, **query: Any) -> Answer[Record]:
        return self._read("/api/license/purchases", options, **query)

    def balance(self, *, options: Optional[CallOptions] = None, **query: Any) -> Answer[Record]:
        """Explains the balance, line by line."""
        return self._read("/api/license/balance", options, **query)

    def statements(self, *, options: Optional[CallOptions] = None) -> Answer[Record]:
        """The months for which there are statements, newest first."""
        return self._read("/api/license/statements", options)

    def statement(self, period: str, *, options: Optional[CallOptions] = None) -> Answer[Record]:
        """The signed statement of a month, such as ``2026-11``."""
        return self._read(f"/api/license/statements/{quote(period, safe='')}", options)

    def receipt(self, request_id: str, *, options: Optional[CallOptions] = None) -> Answer[Record]:
        """The signed receipt of the request with this ``X-Request-Id``."""
        return self._read(f"/api/license/requests/{quote(request_id, safe='')}/receipt", options)

    def rotate(
        self, *, grace_seconds: Optional[int] = None, options: Optional[CallOptions] = None
    ) -> Answer[types.RotatedKey]:
        """Replaces the key. Asking again with the old key gives the same new key. This client goes on with the old
        key."""
        body = _given(grace_seconds=grace_seconds)
        return self._transport.whole(
            Call("POST", "/api/license/rotate", "repeatable", body=body, options=options)
        )


class LicenseKeys(_Calls):
    """Named keys, such as one for each bot. Only the master key may make, change and withdraw them."""

    def list(self, *, options: Optional[CallOptions] = None, **query: Any) -> Answer[Record]:
        return self._read("/api/license/keys", options, **query)

    def create(
        self, *, name: str, options: Optional[CallOptions] = None, **fields: Any
    ) -> Answer[Record]:
        """Makes a key. ``secret`` in the answer is shown only this once. ``fields``: ``limits``, ``rate_limit``."""
        body = {"name": name, **fields}
        return self._transport.whole(Call("POST", "/api/license/keys", "once", body=body, options=options))

    def update(
        self, id: str, *, options: Optional[CallOptions] = None, **fields: Any
    ) -> Answer[Record]:
        """``fields``: ``name``, ``limits``, ``rate_limit``."""
        call = Call("PATCH", _key_path(id), "repeatable", body=fields, options=options)
        return self._transport.whole(call)

    def rotate(
        self,
        id: str,
        *,
        grace_seconds: Optional[int] = None,
        options: Optional[CallOptions] = None,
    ) -> Answer[Record]:
        body = _given(grace_seconds=grace_seconds)
        call = Call("POST", f"{_key_path(id)}/rotate", "once", body=body, options=options)
        return self._transport.whole(call)

    def withdraw(self, id: str, *, options: Optional[CallOptions] = None) -> Answer[Record]:
        """Withdraws a key, at once and for good."""
        return self._transport.whole(Call("DELETE", _key_path(id), "once", options=options))


def _charged(path: str, body: Dict[str, Any], options: Optional[CallOptions]) -> Call:
    return Call("POST", path, "charged", body=_given(**body), options=options)


def _given(**fields: Any) -> Dict[str, Any]:
    """Leaves out the fields that are None."""
    return {name: value for name, value in fields.items() if value is not None}


def _key_path(id: str) -> str:
    return f"/api/license/keys/{quote(id, safe='')}"
