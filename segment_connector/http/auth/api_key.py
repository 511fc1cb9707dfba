"""``type: apiKey``: a key in a header, in the query or in the body, as OpenAPI words it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from ...errors import Problem
from .scheme import Credential, Get, Judge, Scheme, Signed, wrong

_HEADER = re.compile(r"[A-Za-z0-9-]+")
_TAKEN = ("host", "content-length", "content-type", "transfer-encoding", "connection")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ApiKey(Scheme):
    """A key as it is, under a name.

    :ivar key: the connection property that holds it.
    :ivar in_: the part of the request that it stands in, ``name`` the header, parameter or member there.
    """

    type: ClassVar[str] = "apiKey"
    properties: ClassVar[tuple[str, ...]] = ("key",)

    key: str
    in_: Literal["header", "query", "body"]
    name: str

    def misfit(self) -> tuple[str, str, str] | None:
        """The key stands in one place, under a name that may stand there."""
        if self.body:
            return "body", f"a key goes in one place, and this one is 'in: {self.in_}'", "keep one of the two"
        if self.in_ == "header" and (not _HEADER.fullmatch(self.name) or self.name.lower() in _TAKEN):
            return (
                "name",
                f"'{self.name}' is not a header for a key",
                "use letters, digits and '-', for example X-API-Key",
            )
        return ("name", "a key needs a name", "write the name of the parameter") if not self.name else None

    def added(self, get: Get) -> Credential:
        """The key in its place."""
        value = {self.name: get(self.key)}
        if self.in_ == "header":
            return Credential(headers=value)
        return Credential(query=value) if self.in_ == "query" else Credential(body=value)

    @property
    def place(self) -> str:
        """The part of the request, and the name there."""
        return "header authorization" if self._is_authorization else f"{self.in_} {self.name}"

    @property
    def _is_authorization(self) -> bool:
        return self.in_ == "header" and self.name.lower() == "authorization"

    def is_shown(self, signed: Signed) -> bool:
        """Whether anything stands there."""
        return self._value(signed) is not None

    def problem(self, signed: Signed, judge: Judge) -> Problem | None:
        """Compares the key."""
        right = self._value(signed) == judge.values[self.key]
        return None if right else wrong(self.key, self.name if self.in_ != "header" else None)

    def _value(self, signed: Signed) -> object:
        if self.in_ == "header":
            return signed.headers.get(self.name)
        return (signed.query if self.in_ == "query" else signed.body).get(self.name)
