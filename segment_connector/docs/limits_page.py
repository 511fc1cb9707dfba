"""The page of limits: how much a service takes, how fast, and what the connector tries again."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.connector_records import Api
from ..markup import markdown as md
from . import schema_words as words
from .book import LIMITS, Book


def limits_text(book: Book) -> str:
    """Limits, timeouts and retries of every API, then the actions that have limits of their own."""
    return md.page("connector.yaml and actions/", _parts(book))


def _parts(book: Book) -> Iterator[str]:
    apis = book.spec.apis.values()
    yield "# Limits and retries"
    yield "## By API"
    yield md.table(
        ("API", "Requests", "One try at most", "Silence at most", "Answer at most"),
        (
            (md.text(api.title), _rate(api), f"{api.timeout.total:g} s", f"{api.timeout.read:g} s",
             f"{api.answer.max_bytes:,} bytes")
            for api in apis
        ),
    )  # fmt: skip
    yield "## What is tried again"
    yield (
        "A request is repeated when its status is one of those below and a repeat can do no harm: the action's page "
        "says so under *Effect*. What may count twice is repeated only when the service has surely not taken it. Waits "
        "double from the first to the longest. A `Retry-After` of the answer comes first: it is kept to, up to the "
        "limit shown."
    )
    yield md.table(
        ("API", "Tries after the first", "First wait", "Longest wait", "`Retry-After` up to", "All such waits up to"),
        (
            (md.text(api.title), f"{api.retry.max_retries}", f"{api.retry.base_interval:g} s",
             f"{api.retry.max_interval:g} s", f"{api.retry.rate_limit.max_retry_interval:g} s",
             f"{api.retry.rate_limit.max_duration:g} s")
            for api in apis
        ),
    )  # fmt: skip
    yield md.table(
        ("API", "Tried again at", "Given up at"),
        ((md.text(api.title), _statuses(api, "retry"), _statuses(api, "drop")) for api in apis),
    )
    limited = [(action, list(words.limits(action))) for action in book.actions.values()]
    if any(said for _, said in limited):
        yield "## By action"
        yield md.table(
            ("Action", "Limit"),
            (
                (book.mention(action.name, LIMITS), " ".join(md.sentence(book.prose(one, LIMITS)) for one in said))
                for action, said in limited
                if said
            ),
        )


def _rate(api: Api) -> str:
    if not api.rate_limit:
        return "not published"
    return f"{api.rate_limit['requests']:,} in {api.rate_limit['seconds']:,} s"


def _statuses(api: Api, what: str) -> str:
    named = [status for status, then in api.retry.statuses.items() if then == what]
    return ", ".join(f"other {status[8:]}" if status.startswith("default_") else status for status in sorted(named))
