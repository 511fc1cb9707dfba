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

    @property
    def place(self) -> str:
        """The header of HTTP's own ways."""
        return "header authorization"

    def is_shown(self, signed: Signed) -> bool:
        """Whether the header is of this kind."""
        return authorization(signed, self.type) is not None

    def problem(self, signed: Signed, judge: Judge) -> Problem | None:
        """Compares the token."""
        if authorization(signed, self.type) != judge.values[self.token]:
            return wrong(self.token)
        return Scheme.problem(self, signed, judge)
