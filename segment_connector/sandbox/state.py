"""What a simulated service holds: lists of entries and single documents, each at an address."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

Address = tuple[str, ...]
"""The parts of a path: ``("shelves", "s-1", "books")`` holds the books of the shelf ``s-1``."""


def address_of(path: str) -> Address:
    """The address that a path is."""
    return tuple(part for part in path.split("/") if part)


class State:
    """Lists by address, in the order in which their entries came; and documents.

    :param seeds: what is there at the beginning.
    :ivar generation: how often everything was put back to that.
    """

    def __init__(self, seeds: Mapping[Address, list[Any]]) -> None:
        self._seeds = seeds
        self.generation = 0
        self.reset()

    def reset(self) -> None:
        """Put everything back to how it was at the beginning."""
        self.generation += 1
        self._lists: dict[Address, list[Any]] = copy.deepcopy(dict(self._seeds))
        self._documents: dict[Address, dict[str, Any]] = {}

    def kept(self) -> dict[str, Any]:
        """A copy of all of it as JSON values: pairs of an address and what is there."""
        lists = [[list(address), copy.deepcopy(entries)] for address, entries in self._lists.items()]
        documents = [[list(address), copy.deepcopy(one)] for address, one in self._documents.items()]
        return {"lists": lists, "documents": documents}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Put back what ``kept`` gave, in place of what there is."""
        self.generation += 1
        self._lists = {tuple(address): entries for address, entries in kept["lists"]}
        self._documents = {tuple(address): document for address, document in kept["documents"]}

    def entries(self, address: Address) -> list[Any] | None:
        """The entries at an address, to be changed in place; ``None`` when there never were any."""
        return self._lists.get(address)

    def made(self, address: Address) -> list[Any]:
        """The same, an empty list being put there if there is none."""
        return self._lists.setdefault(address, [])

    def find(self, address: Address, by: Iterable[str], key: Iterable[str]) -> dict[str, Any] | None:
        """The entry with a key: the members that ``by`` names, as they are written in a path."""
        wanted = list(zip(by, key, strict=True))
        for entry in self._lists.get(address, ()):
            if isinstance(entry, dict) and all(str(entry.get(name)) == text for name, text in wanted):
                return entry
        return None

    def drop(self, address: Address) -> None:
        """Forget everything below an address."""
        for table in (self._lists, self._documents):
            for other in [other for other in table if other[: len(address)] == address]:
                del table[other]

    def document(self, address: Address) -> dict[str, Any] | None:
        """The document at an address, if one was put there."""
        return self._documents.get(address)

    def put(self, address: Address, document: dict[str, Any]) -> None:
        """Put a document at an address."""
        self._documents[address] = document

    def listed(self) -> dict[str, list[Any]]:
        """A copy of every list, by its path."""
        return copy.deepcopy({"/" + "/".join(address): entries for address, entries in self._lists.items()})
