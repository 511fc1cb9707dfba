"""What every way to sign a request has to answer."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from ...clock import Clock
from ...errors import Problem
from ...redact import MASK
from ..attempts import Attempts, SignedRequest

Get = Callable[[str], Any]
"""Gives the value of a connection property by its dotted name."""
Make = Callable[[int], SignedRequest]
"""Gives the request of a try, by the number of the try from 1."""
Place = tuple[str, ...]
"""A member of a scheme: ``("token",)``, ``("body", "key")``."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What signing adds to a request.

    :ivar headers: headers to add.
    :ivar body: members to add to the body.
    :ivar query: parameters to add to the query.
    :ivar secrets: what of it is secret and not the connection's own, so that no output may show it either.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default_factory=frozenset, repr=False)


Flow = Generator[Make, Attempts, Credential]
"""Yields each request that has to be answered first, takes how that went, and returns the credential."""


class Headers(Protocol):
    """The headers of a request; names without regard to case."""

    def get(self, name: str, failobj: None = None, /) -> str | None:
        """The first value of a header, or ``None``."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The parts of a request in which a credential may stand, as a server sees them."""

    headers: Headers
    query: Mapping[str, str]
    body: Mapping[str, Any]


class Judge(Protocol):
    """Knows the right credentials."""

    @property
    def values(self) -> Mapping[str, str]:
        """The right values by connection property."""

    def token_problem(self, api: str, token: str) -> Problem | None:
        """Why a token of a token server does not count, or ``None`` when it does."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a token server judges the client by.

    :ivar form: the body of the request.
    :ivar right: the right values by connection property, as far as there are any.
    :ivar server: base address of the token server.
    :ivar now: its clock, in seconds since 1970; ``longest`` are the seconds that an assertion may live.
    :ivar used: ids of assertions that came before; a new one is added.
    """

    headers: Headers
    form: Mapping[str, str]
    right: Mapping[str, str]
    server: str
    now: float
    longest: float
    used: dict[str, None]


class TokenRefused(Exception):  # noqa: N818 - an answer of the protocol
    """A token server says no (RFC 6749, 5.2).

    :param error: the code of the protocol, ``description`` what is wrong.
    """

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class NoToken(Exception):  # noqa: N818 - what happened, not an error of the program
    """The token server gave no token.

    :param done: the exchange with it.
    """

    def __init__(self, done: Attempts) -> None:
        super().__init__("no token")
        self.done = done


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Scheme:
    """One way to sign a request: ``auth.<id>`` of ``connector.yaml``. Members name connection properties, never values.

    :cvar type: the word for it in the language.
    :cvar kind: the word before its credential in the ``Authorization`` header.
    :cvar properties: its members that name connection properties, ``optional`` those that it can do without.
    """

    type: ClassVar[str]
    kind: ClassVar[str] = "bearer"
    properties: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[tuple[str, ...]] = ()

    id: str
    when: str | None = None
    body: Mapping[str, str] = field(default_factory=dict)
    retry_statuses: Mapping[str, str] = field(default_factory=dict)

    def misfit(self) -> tuple[str, str, str] | None:
        """A member that does not go with the others, what is wrong with it, and the cure; ``None`` when all is well."""
        return None

    def named(self, *members: str) -> dict[Place, str]:
        """The connection properties that some of its own members name, as far as they are there."""
        return {(member,): name for member in members if (name := getattr(self, member)) is not None}

    @property
    def names(self) -> dict[Place, str]:
        """Every connection property that a member names, by the member."""
        return {**self.named("when", *self.properties), **self._in_body}

    @property
    def needs(self) -> tuple[str, ...]:
        """The connection properties without which the scheme cannot be used."""
        return tuple(dict.fromkeys(name for place, name in self.names.items() if place[0] not in self.optional))

    @property
    def secrets(self) -> dict[Place, str]:
        """The connection properties that must not be shown, by the member that names each."""
        return {**self.named(*self.properties), **self._in_body}

    @property
    def checked(self) -> tuple[str, ...]:
        """The connection properties whose value a server compares with the right one."""
        return tuple(self.secrets.values())

    @property
    def free(self) -> tuple[str, ...]:
        """The connection properties of which the sandbox takes any value, until it is told the right one."""
        return ()

    @property
    def fetched_from(self) -> str | None:
        """The API that gives what it signs with; ``None`` when the connection holds all of it."""
        return None

    @property
    def _in_body(self) -> dict[Place, str]:
        return {("body", member): name for member, name in self.body.items()}

    def added(self, get: Get) -> Credential:
        """What signing adds to a request.

        :param get: gives the value of a property, or what stands for it.
        """
        return Credential(body={member: get(name) for member, name in self.body.items()})

    def shown(self) -> Credential:
        """What a preview shows of it."""
        return self.added(lambda _name: MASK)

    def options(self, get: Get) -> list[list[str]]:
        """The words of a ``curl`` command that add its headers and its part of the query.

        :param get: gives a variable of the shell.
        """
        added = self.added(get)
        headers = [["--header", f'"{name}: {value}"'] for name, value in added.headers.items()]
        return headers + [["--url-query", f'"{name}={value}"'] for name, value in added.query.items()]

    def remark(self, title: str) -> str:
        """What a person must know to fill in the variables of ``options``; empty when their names say it.

        :param title: that of the API that it fetches from.
        """
        del title
        return ""

    def flow(self, get: Get, server: str, clock: Clock) -> Flow:
        """Sign.

        :param server: base address of the API that it fetches from.
        :raises NoToken: when what it signs with cannot be had.
        """
        del server, clock
        yield from ()
        return self.added(get)

    def refused(self, status: int, get: Get, server: str) -> None:
        """Learn from an answer to a signed request: what it signed with may count no more."""

    def forget(self, get: Get, server: str) -> None:
        """Drop what was fetched, so that the next request fetches anew."""

    @property
    def place(self) -> str:
        """Where in a request it shows itself; schemes that share a place are told apart by what stands there."""
        return "header authorization"

    def is_shown(self, signed: Signed) -> bool:
        """Whether a request is signed in this way, rightly or not."""
        return authorization(signed, self.kind) is not None

    def problem(self, signed: Signed, judge: Judge) -> Problem | None:
        """Why a request that is signed in this way is not signed rightly, or ``None`` when it is."""
        for member, name in self.body.items():
            if member not in signed.body:
                return Problem("missing_credential", "the body has no credential", f"put '{name}' there", field=member)
            if signed.body[member] != judge.values[name]:
                return wrong(name, member)
        return None


def wrong(name: str, member: str | None = None) -> Problem:
    """The problem of a credential that is another one than the sandbox takes.

    :param name: the connection property, ``member`` where it stood.
    """
    return Problem(
        "wrong_credential", f"'{name}' is not the one that the sandbox takes",
        f"use the one it printed when it started, or start it with --credential {name}=YOURS", field=member,
    )  # fmt: skip


def authorization(signed: Signed, kind: str) -> str | None:
    """What stands in the ``Authorization`` header after a kind, which is read in any case; ``None`` for another one."""
    found, _, rest = (signed.headers.get("Authorization") or "").strip().partition(" ")
    return rest.strip() if found.lower() == kind else None
