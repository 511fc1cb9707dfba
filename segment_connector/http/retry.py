"""Whether to try again, and after how long: the rules that Segment's own SDKs share since 2026, as a table in YAML.

Two paths. A retryable status with a valid ``Retry-After`` is *server-directed*: the wait asked for, capped, does not
use up a retry but has a budget of its own. Everything else that is retryable is *counted*: exponential backoff with
jitter, at most ``max_retries`` times. ``Retry-After: 0`` or nonsense counts as not given.
"""

from __future__ import annotations

import datetime
import email.utils
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..language.connector_records import Retry

# An HTTP date holds a comma of its own, behind the name of the day.
_DAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
_ONE_WAIT = re.compile(rf"(?:\s*{_DAY}\s*,)?[^,]+", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_LONGEST = 1e12  # seconds: a number of any length is one


@dataclass(frozen=True, slots=True)
class Wait:
    """The decision to try again.

    :ivar seconds: how long to wait first.
    :ivar directed: whether the server asked for it.
    """

    seconds: float
    directed: bool


class RetryBudget:
    """What is left of the retries of one request.

    :param retry: the API's rules.
    :param overrides: statuses that the auth scheme classifies otherwise.
    :param idempotent: whether a repeat cannot count twice; without it only what surely did nothing is repeated.
    :param random: gives a number from 0 to 1 for the jitter.
    :ivar asked: seconds that the last answer asked to wait, or ``None``.
    """

    def __init__(
        self, retry: Retry, overrides: Mapping[str, str], idempotent: bool, random: Callable[[], float]
    ) -> None:
        self._retry = retry
        self._statuses = {**retry.statuses, **overrides} if overrides else retry.statuses
        self._idempotent = idempotent
        self._random = random
        self.asked: float | None = None
        self._counted = 0
        self._backoff_spent = 0.0
        self._directed_spent = 0.0

    def retryable(self, status: int) -> bool:
        """Whether an answer with this status may turn into a success when the request is repeated."""
        named = self._statuses.get(str(status))
        if named is None and 400 <= status < 600:
            named = self._statuses.get(f"default_{status // 100}xx")
        return named == "retry"

    def after_status(self, status: int, retry_after: str | None, now: datetime.datetime) -> Wait | None:
        """What to do after an answer; ``None`` means to give up.

        :param retry_after: the header as it came: seconds or an HTTP date, or several of them.
        :param now: the current instant, with a zone.
        """
        self.asked = parse_retry_after(retry_after, now)
        if not self.retryable(status) or not (self._idempotent or str(status) in self._retry.not_idempotent):
            return None
        return self._directed(self.asked) if self.asked else self._backoff()

    def after_network(self, sent: bool) -> Wait | None:
        """What to do when there was no answer; ``sent`` says whether the server may have got the request."""
        return self._backoff() if self._idempotent or not sent else None

    def _directed(self, asked: float) -> Wait | None:
        limits = self._retry.rate_limit
        seconds = min(asked, limits.max_retry_interval)
        if self._retry.max_retries == 0 or self._directed_spent + seconds > limits.max_duration:
            return None
        self._directed_spent += seconds
        return Wait(seconds, directed=True)

    def _backoff(self) -> Wait | None:
        retry = self._retry
        if self._counted >= retry.max_retries:
            return None
        seconds = min(retry.base_interval * 2.0 ** min(self._counted, 60), retry.max_interval)
        seconds *= 1 + self._random() * retry.jitter_percent / 100
        if self._backoff_spent + seconds > retry.max_total_duration:
            return None
        self._counted += 1
        self._backoff_spent += seconds
        return Wait(seconds, directed=False)


def parse_retry_after(text: str | None, now: datetime.datetime) -> int | None:
    """Seconds to wait by a ``Retry-After`` header (RFC 9110, 10.2.3); ``None`` for absent, zero, past or nonsense.

    A header that came twice, or is a list, asks for the longest of its waits; a part of a second is a second. So no
    server is asked again sooner than it wanted.

    :param text: seconds or an HTTP date, or several with commas between them; a date without a zone is UTC.
    """
    asked = [_seconds(part.strip(), now) for part in _ONE_WAIT.findall(text or "")]
    return math.ceil(min(max(asked, default=0.0), _LONGEST)) or None


def _seconds(text: str, now: datetime.datetime) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    then = parse_http_date(text)
    return 0.0 if then is None else max((then - now).total_seconds(), 0.0)


def parse_http_date(text: str) -> datetime.datetime | None:
    """The instant that an HTTP date names (RFC 9110, 5.6.7), or ``None``; one without a zone (``-0000``) is UTC."""
    try:
        then = email.utils.parsedate_to_datetime(text)
        return then if then.tzinfo is not None else then.replace(tzinfo=datetime.timezone.utc)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
