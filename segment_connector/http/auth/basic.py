"""``type: basic``: HTTP Basic (RFC 7617), with user and password or one of them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from typing import ClassVar

from ...errors import Problem
from ...redact import MASK
from .scheme import Credential, Get, Judge, Place, Scheme, Signed, authorization, wrong


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Basic(Scheme):
    """User and password in the ``Authorization`` header; what is not named is sent empty."""

    type: ClassVar[str] = "basic"
    kind: ClassVar[str] = "basic"
    properties: ClassVar[tuple[str, ...]] = ("username", "password")

    username: str | None = None
    password: str | None = None

    def misfit(self) -> tuple[str, str, str] | None:
        """One of the two must be there."""
        if self.username is None and self.password is None:
            return "username", "'username' and 'password' are missing", "name the connection property of one, or both"
        return None

    @property
    def secrets(self) -> dict[Place, str]:
        """The password; where there is none, the user is the secret."""
        own = self.named("password") or self.named("username")
        return {**own, **self._in_body}

    @property
    def checked(self) -> tuple[str, ...]:
        """User, password and what is in the body."""
        return tuple({**self.named(*self.properties), **self._in_body}.values())

    def added(self, get: Get) -> Credential:
        """Both as one text in base64, which is as secret as they are."""
        pair = ":".join(str(get(name)) if name else "" for name in (self.username, self.password))
        encoded = base64.b64encode(pair.encode()).decode()
        secrets = frozenset((encoded,)) if self.password else frozenset[str]()
        body = Scheme.added(self, get).body
        return Credential({"Authorization": f"Basic {encoded}"}, body, secrets=secrets)

    def shown(self) -> Credential:
        """The kind of the header, and nothing of what was encoded."""
        return replace(Scheme.shown(self), headers={"Authorization": f"Basic {MASK}"})

    def options(self, get: Get) -> list[list[str]]:
        """What ``curl`` encodes by itself."""
        user, password = (get(name) if name else "" for name in (self.username, self.password))
        return [["--user", f'"{user}:{password}"']]

    def problem(self, signed: Signed, judge: Judge) -> Problem | None:
        """Compares user and password, as far as they are named."""
        shown = _pair(authorization(signed, self.kind) or "")
        for name, value in zip((self.username, self.password), shown, strict=True):
            if name is not None and value != judge.values[name]:
                return wrong(name)
        return Scheme.problem(self, signed, judge)


def _pair(encoded: str) -> tuple[str | None, str | None]:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None, None
    return user, password
