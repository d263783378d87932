"""
What is asked and answered, for tools that check types. Answers are read into ``Record``, which has these fields as
attributes; a field that is not there is None.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Protocol, Sequence, Union

#: ``{"role": "user", "content": "…"}``, or a message that the service answered with.
Message = Union[Mapping[str, Any], "ReplyMessage"]


class Tokens(Protocol):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Balance(Protocol):
    used: int
    limit: int
    remaining: int


class UsageBreakdown(Protocol):
    openrouter: Balance
    openai: Balance


class Usage(Balance, Protocol):
    plan: str
    period: str
    #: ``microusd`` if the plan sells money; None if it counts requests
    unit: Optional[str]


class Quota(Usage, Protocol):
    resets_at: str
    charged: int


class ReplyMessage(Protocol):
    role: str
    content: Optional[str]
    tool_calls: Optional[List[Any]]


class Choice(Protocol):
    index: int
    message: ReplyMessage
    finish_reason: Optional[str]


class ChatCompletion(Protocol):
    id: str
    created: int
    model: str
    choices: List[Choice]
    usage: Optional[Tokens]
    quota: Quota
    usage_breakdown: UsageBreakdown
    cost_microusd: Optional[int]


class ChunkChoice(Protocol):
    index: int
    delta: ReplyMessage
    finish_reason: Optional[str]


class ChatChunk(Protocol):
    """The last event has the quota."""

    id: str
    model: str
    choices: List[ChunkChoice]
    usage: Optional[Tokens]
    quota: Optional[Quota]
    usage_breakdown: Optional[UsageBreakdown]


class ChatV3Reply(Protocol):
    reply: str
    model: str
    source: str
    plan: str
    usage: Usage
    usage_breakdown: UsageBreakdown


class ChatV3Event(Protocol):
    """A piece has ``delta``. The last event has ``reply`` and everything else of the whole answer."""

    delta: Optional[str]
    finish_reason: Optional[str]
    reply: Optional[str]
    usage: Optional[Usage]
    usage_breakdown: Optional[UsageBreakdown]


class Estimate(Protocol):
    fits: bool
    bucket: Optional[str]
    #: Set if the plan counts requests. If it sells money, there is ``max_cost_microusd``.
    units: Optional[int]
    max_cost_microusd: Optional[int]
    max_tokens: int


class Image(Protocol):
    url: str
    width: int
    height: int


class Images(Protocol):
    images: List[Image]
    usage: Any


class CodeChoice(Protocol):
    text: str
    index: int
    finish_reason: Optional[str]


class CodeCompletion(Protocol):
    id: str
    model: str
    choices: List[CodeChoice]
    usage: Tokens


class AudioFile(Protocol):
    url: str
    duration: float
    format: str


class Audio(Protocol):
    audio: AudioFile
    usage: Any


class VideoFile(Protocol):
    url: str
    duration: float
    resolution: str


class VideoError(Protocol):
    code: str
    message: str


class Video(Protocol):
    id: str
    #: ``queued``, ``in_progress``, ``completed`` or ``failed``
    status: str
    #: Set once the video is made
    video: Optional[VideoFile]
    #: Why the video failed; a failed video is free
    error: Optional[VideoError]


class Model(Protocol):
    id: str
    minimum_plan: str
    units: int
    available: Optional[bool]


class Models(Protocol):
    data: List[Model]


class Grant(Protocol):
    id: str
    product: Optional[str]
    provider: str
    units: int
    remaining: int
    lasts: str
    status: str


class License(Protocol):
    plan: str
    status: str
    expires_at: Optional[str]
    period: str
    resets_at: str
    usage: Usage
    usage_breakdown: UsageBreakdown
    grants: Sequence[Grant]


class UsageRow(Protocol):
    key: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost_microusd: Optional[int]


# `from` is a word of Python: read it as `report["from"]`.
class UsageReport(Protocol):
    to: str
    group: str
    rows: List[UsageRow]


class RotatedKey(Protocol):
    key: str
    previous_key_valid_until: Optional[str]
