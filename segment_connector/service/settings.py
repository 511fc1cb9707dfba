"""How one service runs: where it listens, what it asks of clients, and where its limits are."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from .. import PORT
from ..errors import InputError
from .call_history import LIMIT, CallHistory

MOST_REMEMBERED = 32_000_000  # bytes
SHORTEST_TOKEN = 16  # characters; a token that guards an open port is not to be guessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one service.

    :ivar host: the address to listen on; anything but loopback needs ``allow_remote`` and ``token``.
    :ivar port: 0 takes any port that is free.
    :ivar token: what clients send as ``Authorization: Bearer``; without one it is made at the start.
    :ivar hosts: names, beside addresses and ``localhost``, by which clients may call the service.
    :ivar inline: whether a call may bring a connection of its own, or only name one of the server's.
    :ivar max_body: bytes of a request's body at most; ``max_upload`` the same for files dropped on the workbench.
    :ivar max_remembered: bytes that results may take which are kept for their ``Idempotency-Key``.
    :ivar threads: calls that run at once; ``concurrency`` is how many may run or wait for their turn.
    :ivar max_connections: connections that may be open at once; fewer where the system gives fewer descriptors.
    :ivar head_timeout: seconds in which the head of a request must have come, from its first byte on.
    :ivar idle_timeout: seconds that an answered connection may wait for its next request.
    :ivar unread_timeout: seconds in which a client must read some of the answer that waits for it.
    :ivar timeout: seconds that one call may take, waiting for its turn and retries included; by default less than the
        minute after which agents and proxies give up.
    :ivar grace: seconds that calls under way have to finish when the service is stopped.
    :ivar servers: hosts, beside those of the connector, that a connection of a client's may name; as ``Servers`` takes
        them. Where others reach the service there are no others.
    :ivar allow: the effects that actions may have, at every door; when empty every effect, and for agents what reads or
        writes. ``groups`` and ``tools`` as ``call.policy.Policy`` takes them.
    :ivar inbox: the file or Redis in which triggers and their items are kept; without one they end with the service.
    :ivar public_url: the address by which the service behind reaches this one from outside.
    :ivar history: the file in which the workbench keeps calls, ``off`` to keep none; by default beside the file of
        connections, or in memory where there is none. ``history_limit`` is how many are kept.
    :ivar max_result: tokens that a tool gives an agent at most, about; ``None`` for the usual number.
    :raises InputError: when the address is open to others and is not guarded.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    token: str | None = field(default=None, repr=False)
    allow_remote: bool = False
    hosts: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    inline: bool = True
    max_body: int = 5_000_000
    max_upload: int = 1_000_000_000
    max_remembered: int = MOST_REMEMBERED
    threads: int = 32
    concurrency: int = 256
    max_connections: int = 1000
    head_timeout: float = 10
    idle_timeout: float = 5
    unread_timeout: float = 30
    timeout: float = 50
    grace: float = 10
    workbench: bool = True
    mcp: bool = True
    allow: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    max_result: int | None = None
    inbox: str | None = field(default=None, repr=False)
    public_url: str | None = None
    history: str | None = None
    history_limit: int = LIMIT

    def __post_init__(self) -> None:
        if not is_loopback(self.host):
            if not self.allow_remote:
                raise InputError.of(
                    "remote",
                    "others could reach the service at this address",
                    "add --allow-remote and a token, or listen on 127.0.0.1",
                    field="--host",
                )
            if self.token is None:
                raise InputError.of(
                    "remote",
                    "an address that others can reach needs a token of your own",
                    "put one into a file and name it with --token-file",
                    field="--allow-remote",
                )
        if self.token is not None and (
            len(self.token) < SHORTEST_TOKEN or not self.token.isascii() or not self.token.isprintable()
            or " " in self.token
        ):  # fmt: skip
            raise InputError.of(
                "token",
                f"must have at least {SHORTEST_TOKEN} characters: letters, digits and signs",
                "make one with: openssl rand -hex 24",
                field="--token-file",
            )

    def history_for(self, connections: Path | None) -> CallHistory:
        """The history of the workbench.

        :param connections: the file of connections, if there is one.
        :raises InputError: when its file cannot be used.
        """
        if self.history == "off":
            return CallHistory(limit=0)
        if self.history is not None:
            return CallHistory(Path(self.history), self.history_limit)
        beside = connections and connections.with_name(f"{connections.stem}.history.sqlite")
        return CallHistory(beside, self.history_limit)

    @property
    def limits_servers(self) -> bool:
        """Whether clients may send calls to named servers only."""
        return self.allow_remote or bool(self.servers)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address or name."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
