"""``type: bearer``: a token that the connection holds (RFC 6750)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ...errors import Problem
from .scheme import Credential, Get, Judge, Scheme, Signed, authorization, wrong


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Bearer(Scheme):
    """A token in the ``Authorization`` header."""

    type: ClassVar[str] = "bearer"
    properties: ClassVar[tuple[str, ...]] = ("token",)

    token: str

    def added(self, get: Get) -> Credential:
        """The token behind the word for its kind."""
        return replace(Scheme.added(self, get), headers={"Authorization": f"Bearer {get(self.token)}"})

    def problem(self, signed: Signed, judge: Judge) -> Problem | None:
        """Compares the token."""
        if authorization(signed, self.kind) != judge.values[self.token]:
            return wrong(self.token)
        return Scheme.problem(self, signed, judge)
