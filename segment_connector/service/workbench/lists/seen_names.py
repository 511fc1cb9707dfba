"""What the things are called that people saw in lists and dropdowns, so that a question about one can name it.

Names are taken from answers only and never from a link, so that no link can give one thing the name of another.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from ....language.action_records import Action
    from ...backend import Backend

_MOST = 5000
_kept: WeakKeyDictionary[Backend, dict[tuple[str, str, str], str]] = WeakKeyDictionary()
_lock = threading.Lock()


def remember(backend: Backend, connection: str, lister: str, value: Any, label: str) -> None:
    """Keep the name of one thing.

    :param connection: the name of the connection with which it was read.
    :param lister: the action that lists it; ``value`` is what the list knows it by.
    """
    with _lock:
        names = _kept.setdefault(backend, {})
        names[connection, lister, str(value)] = label
        while len(names) > _MOST:
            del names[next(iter(names))]


def name_in(backend: Backend, connection: str, action: Action, inputs: Mapping[str, Any]) -> str:
    """The name of what an action is about to be called with: the last of its inputs whose name is known.

    :returns: empty when none is.
    """
    with _lock:
        names = _kept.get(backend, {})
        for parameter in reversed(action.required):
            lister = action.parameters[parameter].get("options", {}).get("action")
            found = names.get((connection, str(lister), str(inputs.get(parameter))))
            if found and found != inputs.get(parameter):
                return found
    return ""
