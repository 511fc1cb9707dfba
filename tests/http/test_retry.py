"""Whether to try again and after how long: the table of ``connector.yaml`` and the arithmetic behind it."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from faultserver import UTC
from hypothesis import given
from hypothesis import strategies as st

from segment_connector import Connector
from segment_connector.http.auth import schemes_of
from segment_connector.http.retry import RetryBudget, Wait, parse_retry_after
from segment_connector.language.connector_records import RateLimitRetry, Retry

NOW = datetime.datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
SPEC = Connector.load().spec
TRACKING = SPEC.apis["tracking"].retry

# What Segment's own SDKs agree on since 2026; 511 with OAuth is in a test of its own.
RETRIED = {
    400: False, 401: False, 403: False, 404: False, 408: True, 410: True, 413: False, 422: False, 429: True, 460: True,
    500: True, 501: False, 502: True, 503: True, 504: True, 505: False, 511: False, 529: True, 599: True,
}  # fmt: skip


def budget(retry: Retry = TRACKING, *, idempotent: bool = True, random: float = 0.0, **changed: object) -> RetryBudget:
    return RetryBudget(replace(retry, **changed), {}, idempotent, lambda: random)


def waits(made: RetryBudget, tries: int, retry_after: str | None = None) -> list[float]:
    """The waits that one budget grants, one after the other."""
    granted: list[float] = []
    for _ in range(tries):
        wait = made.after_status(503, retry_after, NOW)
        if wait is None:
            break
        granted.append(wait.seconds)
    return granted


class TestStatuses:
    @pytest.mark.parametrize(("status", "retried"), RETRIED.items())
    def test_the_tracking_api_retries_what_segments_sdks_retry(self, status: int, retried: bool) -> None:
        assert budget().retryable(status) is retried
        assert (budget().after_status(status, None, NOW) is not None) is retried

    @pytest.mark.parametrize("status", [100, 101, 200, 204, 300, 301, 302, 307, 308, 399])
    def test_what_is_no_error_is_not_retried(self, status: int) -> None:
        assert budget().after_status(status, "1", NOW) is None

    @pytest.mark.parametrize("api", ["public", "profiles"])
    @pytest.mark.parametrize(("status", "retried"), [(408, True), (410, False), (429, True), (501, False), (503, True)])
    def test_the_other_apis_have_tables_of_their_own(self, api: str, status: int, retried: bool) -> None:
        assert budget(SPEC.apis[api].retry).retryable(status) is retried

    @pytest.mark.parametrize(
        ("scheme", "retried"), [("oauth", True), ("write_key", False), ("write_key_in_body", False)]
    )
    def test_511_is_retried_with_oauth_only(self, scheme: str, retried: bool) -> None:
        made = RetryBudget(TRACKING, schemes_of(SPEC)[scheme].retry_statuses, idempotent=True, random=lambda: 0.0)
        assert made.retryable(511) is retried
        assert made.retryable(503)

    @pytest.mark.parametrize(("status", "retried"), RETRIED.items())
    def test_what_a_repeat_would_count_twice_is_repeated_only_when_nothing_was_done(
        self, status: int, retried: bool
    ) -> None:
        wait = budget(idempotent=False).after_status(status, "1", NOW)
        assert (wait is not None) is (status == 429)
        # Whether a person may try again is another question.
        assert budget(idempotent=False).retryable(status) is retried

    @pytest.mark.parametrize(
        ("idempotent", "sent", "retried"),
        [(True, True, True), (True, False, True), (False, False, True), (False, True, False)],
    )
    def test_a_request_that_may_have_arrived_is_repeated_only_if_that_is_safe(
        self, idempotent: bool, sent: bool, retried: bool
    ) -> None:
        assert (budget(idempotent=idempotent).after_network(sent) is not None) is retried


class TestBackoff:
    def test_waits_double_up_to_the_cap_and_end_with_the_count(self) -> None:
        assert waits(budget(), 20) == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]

    def test_network_failures_and_statuses_share_one_count(self) -> None:
        made = budget(max_retries=2)
        assert made.after_network(sent=True) == Wait(0.5, directed=False)
        assert made.after_status(503, None, NOW) == Wait(1.0, directed=False)
        assert made.after_network(sent=False) is None

    @pytest.mark.parametrize(
        ("random", "expected"), [(0.0, [0.5, 1, 2]), (0.5, [0.525, 1.05, 2.1]), (1.0, [0.55, 1.1, 2.2])]
    )
    def test_jitter_adds_up_to_a_tenth(self, random: float, expected: list[float]) -> None:
        assert waits(budget(random=random, max_retries=3), 5) == pytest.approx(expected)

    @given(st.floats(0, 1), st.integers(1, 200), st.floats(0.001, 100), st.floats(0.001, 1000), st.floats(0, 100))
    def test_a_wait_keeps_its_bounds_whatever_the_table_says(
        self, random: float, retries: int, base: float, most: float, jitter: float
    ) -> None:
        made = budget(
            random=random, max_retries=retries, base_interval=base, max_interval=most, jitter_percent=jitter,
            max_total_duration=1e9,
        )  # fmt: skip
        granted = waits(made, retries + 1)
        assert len(granted) == retries
        plain = [min(base * 2.0**count, most) for count in range(retries)]
        assert all(low <= got <= low * (1 + jitter / 100) * 1.000001 for low, got in zip(plain, granted, strict=True))

    @pytest.mark.parametrize(("total", "expected"), [(3.5, [0.5, 1, 2]), (3.4, [0.5, 1]), (0.4, []), (0, [])])
    def test_a_wait_that_would_overrun_the_total_is_not_begun(self, total: float, expected: list[float]) -> None:
        assert waits(budget(max_total_duration=total), 20) == expected

    def test_no_retries_means_none(self) -> None:
        assert waits(budget(max_retries=0), 5) == []
        assert budget(max_retries=0).after_network(sent=False) is None
        assert waits(budget(max_retries=0), 5, "1") == []


class TestServerDirected:
    def test_the_wait_asked_for_is_not_counted(self) -> None:
        made = budget(max_retries=1)
        assert waits(made, 50, "7") == [7.0] * 50
        assert made.after_status(503, None, NOW) == Wait(0.5, directed=False)
        assert made.after_status(503, None, NOW) is None
        assert made.after_status(503, "7", NOW) == Wait(7.0, directed=True)

    @pytest.mark.parametrize("status", [408, 410, 429, 460, 500, 503, 529])
    def test_it_is_heeded_on_every_status_that_is_retried(self, status: int) -> None:
        assert budget().after_status(status, "7", NOW) == Wait(7.0, directed=True)

    @pytest.mark.parametrize("status", [400, 401, 404, 413, 501, 511])
    def test_it_does_not_make_a_refusal_retried(self, status: int) -> None:
        assert budget().after_status(status, "7", NOW) is None

    @pytest.mark.parametrize(("asked", "granted"), [("299", 299.0), ("300", 300.0), ("301", 300.0), ("9" * 50, 300.0)])
    def test_one_wait_is_capped(self, asked: str, granted: float) -> None:
        assert waits(budget(), 1, asked) == [granted]

    def test_all_of_them_have_a_budget(self) -> None:
        assert waits(budget(), 50, "300") == [300.0] * 6  # 1,800 seconds
        assert sum(waits(budget(), 5000, "7")) == 1799

    def test_a_wait_that_would_overrun_the_budget_is_not_shortened(self) -> None:
        made = budget()
        assert waits(made, 10, "290") == [290.0] * 6
        assert made.after_status(429, "61", NOW) is None
        assert made.after_status(429, "60", NOW) == Wait(60.0, directed=True)

    def test_its_budget_and_that_of_the_backoff_are_apart(self) -> None:
        made = budget(max_total_duration=0.6, rate_limit=RateLimitRetry(max_duration=7))
        assert waits(made, 5, "7") == [7.0]
        assert waits(made, 5) == [0.5]

    @pytest.mark.parametrize("text", ["0", "-5", "soon", "", "0.0", "0, 0", "Sat, 31 Jan 2026 11:59:59 GMT"])
    def test_what_asks_for_no_wait_counts_as_not_said(self, text: str) -> None:
        assert budget(max_retries=2).after_status(503, text, NOW) == Wait(0.5, directed=False)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            pytest.param(None, None, id="absent"),
            pytest.param("120", 120.0, id="seconds"),
            pytest.param(" 120 ", 120.0, id="spaces"),
            pytest.param("0120", 120.0, id="leading zero"),
            pytest.param("0", None, id="zero"),
            pytest.param("000", None, id="zeros"),
            pytest.param("-1", None, id="negative"),
            pytest.param("+1", None, id="plus"),
            pytest.param("1.5", 2, id="decimal"),
            pytest.param("0.2", 1, id="a part of a second"),
            pytest.param("2.", 2, id="a decimal point with nothing behind it"),
            pytest.param(".5", None, id="a decimal point with nothing before it"),
            pytest.param("2, 3", 3, id="twice"),
            pytest.param("3, 2", 3, id="twice, the longer one first"),
            pytest.param("2,1.5 ,\t2.5,", 3, id="many, one of them empty"),
            pytest.param("0, 5", 5, id="zero and a wait"),
            pytest.param("5, 0", 5, id="a wait and zero"),
            pytest.param("soon, 5", 5, id="nonsense and a wait"),
            pytest.param("Satisfied, 5", 5, id="what begins like a day"),
            pytest.param("-1, +2", None, id="several that are none"),
            pytest.param("9" * 400, 10**12, id="a number without end"),
            pytest.param("9" * 400 + ".5", 10**12, id="a decimal without end"),
            pytest.param("5, Sat, 31 Jan 2026 12:02:00 GMT", 120, id="a shorter wait and a date"),
            pytest.param("Sat, 31 Jan 2026 12:02:00 GMT, 300", 300, id="a date and a longer wait"),
            pytest.param("Sat, 31 Jan 2026 12:02:00 GMT,5", 120, id="a date and a shorter wait"),
            pytest.param("Sat, 31 Jan 2026 11:02:00 GMT, 5", 5, id="a date that is past and a wait"),
            pytest.param(
                "Sat, 31 Jan 2026 12:02:00 GMT, Saturday, 31-Jan-26 12:03:00 GMT, Sat Jan 31 12:01:00 2026",
                180,
                id="dates of every form",
            ),
            pytest.param("1e3", None, id="exponent"),
            pytest.param("١٢", None, id="other digits"),
            pytest.param("²", None, id="superscript"),
            pytest.param("120 seconds", None, id="a unit"),
            pytest.param("soon", None, id="a word"),
            pytest.param("Sat, 31 Jan 2026 12:02:00 GMT", 120, id="date"),
            pytest.param("Sat, 31 Jan 2026 12:02:00 -0000", 120, id="date without a zone"),
            pytest.param("Sat, 31 Jan 2026 12:02:00", 120, id="date with nothing for a zone"),
            pytest.param("Sat, 31 Jan 2026 13:02:00 +0100", 120, id="date of another zone"),
            pytest.param("Saturday, 31-Jan-26 12:02:00 GMT", 120, id="date of RFC 850"),
            pytest.param("Sat Jan 31 12:02:00 2026", 120, id="date of asctime"),
            pytest.param("Sat, 31 Jan 2026 11:58:00 GMT", None, id="date that is past"),
            pytest.param("Sat, 31 Jan 2026 12:00:00 GMT", None, id="date that is now"),
            pytest.param("Sat, 99 Jan 2026 12:02:00 GMT", None, id="no date"),
            pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 251632439999, id="the end of time"),
            pytest.param("Fri, 31 Dec 9999 23:59:59 -9999", None, id="a zone that is none"),
            pytest.param("2026-01-31T12:02:00Z", None, id="ISO 8601"),
        ],
    )
    def test_the_header_says(self, text: str | None, seconds: float | None) -> None:
        assert parse_retry_after(text, NOW) == seconds

    def test_a_part_of_a_second_is_a_second(self) -> None:
        assert parse_retry_after("Sat, 31 Jan 2026 12:00:01 GMT", NOW + datetime.timedelta(milliseconds=999)) == 1

    @given(
        st.text() | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,5} [A-Z][a-z]{2} \d{1,6} \d{1,4}:\d{2}:\d{2} [-+]?\d{1,6}\Z")
    )
    def test_no_header_is_an_error(self, text: str) -> None:
        seconds = parse_retry_after(text, NOW)
        assert seconds is None or seconds > 0
