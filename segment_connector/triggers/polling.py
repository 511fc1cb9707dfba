"""Ask the service for what is new: a function of a state that the host keeps, and of what the service answers.

Each poll looks back a while before the latest thing that is known, since services tell some things late, and knows by
their ids what it told already. Of a list that is looked at whole (``remember: current``) it knows what stood in it the
last time. So each thing is told at least once, and the same poll from the same state gives the same ids.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..call.steps import RunAction, WalkAction
from ..errors import InputError
from ..language.trigger_records import Poll
from ..templates.compiler import left_out
from .compiled_trigger import CompiledTrigger, ReadyCall
from .items import Item

STATE_VERSION = 1

_MEMBERS = {"version", "at", "watermark", "known"}


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll found.

    :ivar items: what is new, the oldest first.
    :ivar state: what the next poll needs, as JSON values; keep it once the items are safe.
    :ivar first: nothing was known before, so that items of the past were passed over where the trigger says so.
    """

    items: list[Item]
    state: dict[str, Any]
    first: bool


@dataclass(slots=True)
class _State:
    """What a poll knows of those before it.

    :ivar at: the instant of the last poll.
    :ivar watermark: the latest instant that an item had.
    :ivar known: when each item that was told happened, by its key.
    """

    at: str | None
    watermark: dt.datetime
    known: dict[str, str | None]


def poll(
    compiled: CompiledTrigger,
    inputs: Mapping[str, Any],
    state: Mapping[str, Any] | None,
    run: RunAction,
    walk: WalkAction,
    now: dt.datetime,
) -> Polled:
    """What happened since the last poll.

    :param inputs: of the trigger, checked.
    :param state: what the last poll gave; ``None`` at the first one.
    :param run: calls an action, and ``walk`` gives the entries of its list.
    :param now: the instant of this poll. A clock that was set back makes a poll look further back, never less far.
    :raises InputError: when the trigger is not polled, or the state is not one that this version can read.
    :raises CallFailed: when the service cannot be asked; the state stays what it was.
    """
    spec = compiled.trigger.poll
    if spec is None:
        message = f"'{compiled.trigger.name}' is not polled: the service sends a webhook for it"
        raise InputError.of("not_a_poll", message, "subscribe to it instead", field="trigger")
    before = None if state is None else _read(state)
    since = now if before is None else min(before.watermark, now)
    since -= dt.timedelta(seconds=spec.overlap)
    names = {"input": inputs, "since": _written(since), "now": _written(now)}
    occurrence = {**names, "since": _written(now) if before is None or before.at is None else before.at}
    silent = before is None and spec.first == "from_now"
    known = {} if before is None else before.known
    told = set(known)
    after: dict[str, str | None] = {}
    found: list[tuple[dt.datetime, Item]] = []
    watermark = now if before is None else before.watermark
    for entry in _entries(compiled, spec, names, since, run, walk):
        of_item = {**occurrence, "item": entry}
        if not compiled.wanted(of_item):
            continue
        key, at = compiled.key(of_item), compiled.at(of_item)
        instant = _instant(at)
        after[key] = at if instant is not None else _written(now)  # without a time it is known from this poll on
        # An instant that has not come yet would hide all that happens until then.
        watermark = max(watermark, min(instant or watermark, now))
        if key not in told and not silent:
            found.append((instant or now, compiled.item(of_item, verified=True)))
        told.add(key)
    found.sort(key=lambda pair: pair[0])
    if spec.remember == "window":
        horizon = min(watermark, now) - dt.timedelta(seconds=spec.overlap)
        after = {key: at for key, at in {**known, **after}.items() if (_instant(at) or now) >= horizon}
    made = {"version": STATE_VERSION, "at": _written(now), "watermark": _written(min(watermark, now)), "known": after}
    return Polled([item for _instant_of, item in found], made, before is None)


def state_since(instant: str) -> dict[str, Any]:
    """The state of a poll that has seen nothing since an instant, RFC 3339: the next one tells all that came after it.

    :raises InputError: when the text is not an instant.
    """
    found = _instant(instant)
    if found is None:
        hint = "write it as 2026-01-31T12:00:00Z"
        raise InputError.of("date-time", "is not a time with a time zone", hint, field="since")
    written = _written(found)
    return {"version": STATE_VERSION, "at": written, "watermark": written, "known": {}}


def _entries(
    compiled: CompiledTrigger,
    spec: Poll,
    names: Mapping[str, Any],
    since: dt.datetime,
    run: RunAction,
    walk: WalkAction,
) -> Iterator[Any]:
    for call in compiled.calls:
        if call.when is not None and not _holds(call.when.evaluate(names)):
            continue
        for entry in _entries_of(call, names, run, walk):
            at = _instant(compiled.at({**names, "item": entry}))
            if spec.order == "newest_first" and at is not None and at < since:
                break
            yield entry


def _entries_of(call: ReadyCall, names: Mapping[str, Any], run: RunAction, walk: WalkAction) -> Iterator[Any]:
    action, inputs = str(call.action.evaluate(names)), call.input.evaluate(names)
    if call.entries is None:
        yield from walk(action, inputs)
        return
    entries = call.entries.evaluate({**names, "result": run(action, inputs).unwrap()})
    yield from entries if isinstance(entries, list) else () if left_out(entries) or entries is None else (entries,)


def _read(state: Mapping[str, Any]) -> _State:
    version = state.get("version")
    if version != STATE_VERSION or not _MEMBERS.issuperset(state):
        made_by = "a newer version" if isinstance(version, int) and version > STATE_VERSION else "something else"
        hint = "give the state as the last poll returned it; without a state, a poll starts from now"
        raise InputError.of("state", f"the state was made by {made_by}", hint, field="state")
    known, watermark = state.get("known"), _instant(state.get("watermark"))
    if watermark is None or not isinstance(known, Mapping):
        hint = "give the state as the last poll returned it"
        raise InputError.of("state", "the state lacks what a poll needs", hint, field="state")
    return _State(state.get("at"), watermark, dict(known))


def _instant(text: Any) -> dt.datetime | None:
    if not isinstance(text, str):
        return None
    try:
        made = dt.datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return None
    return made if made.tzinfo else made.replace(tzinfo=dt.timezone.utc)


def _written(instant: dt.datetime) -> str:
    return instant.astimezone(dt.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _holds(value: Any) -> bool:
    return not left_out(value) and bool(value)
