"""Forms that were left half filled in: kept in memory for each browser, without secrets, until they are sent."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from nicegui import ui

from ....redact import without_secrets
from ...http.sign_in import cookie_name

if TYPE_CHECKING:
    from ....language.action_records import Action
    from ...backend import Backend

_MOST = 500
_kept: WeakKeyDictionary[Backend, dict[tuple[str, str], Mapping[str, Any]]] = WeakKeyDictionary()
_lock = threading.Lock()


def visitor() -> str:
    """Whose browser the page that is made now is for; a digest, from which nobody gets back to the cookie."""
    request = ui.context.client.request
    return sha256(request.cookies.get(cookie_name(request.scope), "").encode()).hexdigest()


def keep_draft(backend: Backend, who: str, action: Action, inputs: Mapping[str, Any]) -> None:
    """Keep what is filled in so far; an empty form takes the draft away."""
    kept = without_secrets(action.input_schema, inputs, leave_out=True)
    with _lock:
        drafts = _kept.setdefault(backend, {})
        drafts.pop((who, action.name), None)
        if kept:
            drafts[who, action.name] = kept
        while len(drafts) > _MOST:
            del drafts[next(iter(drafts))]


def draft_of(backend: Backend, who: str, action: Action) -> Mapping[str, Any] | None:
    """What somebody filled in before, if it was not sent."""
    with _lock:
        return _kept.get(backend, {}).get((who, action.name))


def forget_drafts(backend: Backend) -> None:
    """Forget every form."""
    with _lock:
        _kept.pop(backend, None)
