"""Whose an event is, when it is signed with a credential that an entry holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..http.auth.scheme import Headers
from .credentials import Credentials
from .entry_selection import fits
from .state import address_of
from .world import Worlds


class Senders:
    """Knows the entries whose credentials sign events."""

    def __init__(self, worlds: Worlds, credentials: Credentials) -> None:
        self._worlds = worlds
        self._credentials = credentials

    def find(self, api: str, headers: Headers, query: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
        """The id of the entry with whose credential a request to an API is signed; ``None`` when there is none."""
        with self._worlds.lock:
            for name in self._worlds:
                world = self._worlds[name]
                rules = world.data.senders
                if rules is None or rules.events != api:
                    continue
                for entry in world.state.entries(address_of(rules.at)) or ():
                    for value in entry.get(rules.member) or () if fits(entry, rules.where) else ():
                        one = {rules.credential: str(value)}
                        if self._credentials.problem(api, headers, query, body, one) is None:
                            return str(entry["id"])
        return None
