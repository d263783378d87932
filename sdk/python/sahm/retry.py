"""
Whether a failed attempt is made again, and after how long. There are three kinds of "no": the quota is used up (never
again), too many requests (when the service says), and trouble that passes (after a growing pause).
"""

from __future__ import annotations

from typing import Optional

from .details import number_in
from .errors import ApiError, ConnectionError, SahmError

#: If the wait would be longer, the caller decides.
LONGEST_WAIT_SECONDS = 60
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8
#: Problems that pass: the body arrived too slowly, an earlier attempt is under way, or the service or its upstream is
#: away.
PASSING_STATUSES = (408, 429, 500, 502, 503, 504)


def pause_seconds(failure: SahmError, attempt: int, is_repeatable: bool, random: float) -> Optional[float]:
    """
    How long to wait before the next attempt; None: there is none.

    :param attempt: the number of attempts so far, from 1.
    :param is_repeatable: whether doing it twice has the effect of doing it once.
    :param random: from 0 to 1, so that many clients do not come back in the same moment.
    """
    growing = min(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1), LONGEST_PAUSE_SECONDS)
    if isinstance(failure, ConnectionError):
        return _jittered(growing, random) if is_repeatable else None
    if not isinstance(failure, ApiError) or not _may_pass(failure):
        return None
    # A call that cannot be repeated is only tried again if it was refused before anything was done.
    if not is_repeatable and failure.status != 429:
        return None
    asked = number_in(failure.headers, "retry-after")
    wait = growing if asked is None else asked
    return None if wait > LONGEST_WAIT_SECONDS else _jittered(wait, random)


def _may_pass(failure: ApiError) -> bool:
    if failure.headers.get("x-should-retry") == "false" or failure.code == "quota_exhausted":
        return False
    return failure.status in PASSING_STATUSES or failure.code == "idempotency_in_progress"


def _jittered(seconds: float, random: float) -> float:
    """Never sooner than the service asked for."""
    return seconds * (1 + random / 4)
