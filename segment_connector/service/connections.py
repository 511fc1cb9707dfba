"""Named connections: credentials go in, serve calls in this process, and never come out.

Two names are the service's own: ``sandbox`` is always there, ``environment`` when environment variables give one.
The others come from a file, which only its owner may read, and go back into it when they are edited.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from ..connection import Connections
from ..errors import ConnectionConfigError, ConnectorError, InputError, Problem, did_you_mean
from ..language.connector_records import ConnectorSpec
from ..language.served_specs import SERVER
from ..redact import has_secret
from ..values.paths import get, put_into
from .connection_file import ConnectionFile, FileBroken
from .servers import Servers

SANDBOX = "sandbox"
ENVIRONMENT = "environment"
NAME = "[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9._-])?"
"""The pattern of a whole name, in Python's and in ECMA's language."""

_NAME = re.compile(NAME)
_RESERVED = (SANDBOX, ENVIRONMENT, "test")  # the last is a path of the API
_MOST = 1000


class UnknownConnection(ConnectorError):  # noqa: N818 - what happened, named as a client would
    """The server has no connection of the name."""


class Conflict(ConnectorError):  # noqa: N818
    """Somebody else changed it first; nothing was changed."""


class NotChangeable(ConnectorError):  # noqa: N818
    """Clients may not change connections."""


class ConnectionStore:
    """The named connections of one service; safe to share between threads.

    :param spec: what a connection is.
    :param sandbox: gives the connection to the sandbox, which starts when it is first asked for.
    :param environment: the connection of the environment variables; empty when they give none.
    :param path: the file of the others; without one they are kept in memory only.
    :raises FileBroken: when the file may be read by others, or is not a mapping of connections.
    """

    def __init__(
        self,
        spec: ConnectorSpec,
        sandbox: Callable[[], Mapping[str, Any]],
        environment: Mapping[str, Any] | None = None,
        path: Path | None = None,
    ) -> None:
        self._spec = spec
        self._judge = Connections(spec)
        self._servers = Servers(spec)
        self._sandbox = sandbox
        self._environment = dict(environment or {})
        self._lock = threading.RLock()
        self._file = ConnectionFile(path) if path is not None else None
        self._kept: dict[str, dict[str, Any]] = {}
        self._versions: dict[str, int] = {}
        self._last = 0
        self._changeable = True
        self.changes = 0
        self._reread()

    @property
    def has_file(self) -> bool:
        """Whether the connections that are edited outlive the service."""
        return self._file is not None

    @property
    def own(self) -> tuple[str, ...]:
        """The names that are the service's own and cannot be edited."""
        return (SANDBOX, ENVIRONMENT) if self._environment else (SANDBOX,)

    def close_to_changes(self) -> None:
        """From now on nobody changes a connection."""
        self._changeable = False

    def hold_to(self, servers: Servers) -> None:
        """From now on nobody saves a connection to a server that may not be called; what is in the file stays."""
        self._servers = servers

    def check_changeable(self) -> None:
        """Nothing, unless connections are closed to changes.

        :raises NotChangeable: then.
        """
        if not self._changeable:
            raise NotChangeable.of(
                "named_only",
                "connections cannot be changed here: the service takes only their names",
                "change the file of --connections, or start the service without --named-only",
            )

    def names(self) -> list[str]:
        """Every name: the service's own first, then the others as they are in the file."""
        with self._lock:
            return [*self.own, *self._kept]

    def get(self, name: str) -> dict[str, Any]:
        """The whole connection, credentials included: only for calls in this process.

        :raises UnknownConnection: with the names that are near.
        """
        if name == SANDBOX:
            return dict(self._sandbox())
        with self._lock:
            if name == ENVIRONMENT and self._environment:
                return deepcopy(self._environment)
            if name not in self._kept:
                raise self._unknown(name)
            return deepcopy(self._kept[name])

    def describe(self, name: str) -> dict[str, Any]:
        """What anybody may know of a connection.

        :returns: ``name``, ``version`` (0 for those that cannot be edited), ``editable``, ``region``, ``has`` (dotted
            names of the credentials that are set) and ``public`` (every other member).
        :raises UnknownConnection: when there is none of the name.
        """
        with self._lock:
            values = self.get(name) if name != SANDBOX else {}
            version = self._versions.get(name, 0)
        region = values.get("region", self._spec.connection.properties.get("region", {}).get("default"))
        return {
            "name": name,
            "version": version,
            "editable": self._changeable and name not in self.own,
            "region": region,
            "has": sorted(place for place, _ in _secrets(self._spec.connection.properties, values)),
            "public": _public(self._spec.connection.properties, values),
        }

    def put(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        version: int | None,
        keep: bool = True,
        forget: Collection[str] = (),
    ) -> int:
        """Add a connection, or replace one.

        :param values: the connection; a credential that is absent stays as it is when ``keep`` is true.
        :param forget: dotted names of credentials that are not kept all the same.
        :param version: the version that the caller has seen; ``None`` for a connection that must be new.
        :returns: its new version.
        :raises Conflict: when the connection is not, or no more, at that version.
        :raises ConnectionConfigError: when it is not a connection, or kept credentials would go to another address.
        :raises InputError: when the name cannot be used; ``FileBroken`` when the file cannot be read or written.
        :raises NotChangeable: when connections are closed to changes.
        :raises ServerNotAllowed: when it names another server than before that may not be called.
        """
        self.check_changeable()
        try:
            self._check_name(name)
        except InputError as error:  # all that is wrong at once
            raise InputError([*error.problems, *self._problems_of(values)]) from None
        with self._lock:
            self._reread()
            self._check_version(name, version)
            before = self._kept.get(name, {})
            whole = self._with_kept(before, values, forget) if keep else deepcopy(dict(values))
            self._judge.check(whole)
            self._servers.check(whole, before)
            if name not in self._kept and len(self._kept) >= _MOST:
                raise InputError.of("too_many", f"there are {_MOST:,} connections", "remove one", field="name")
            self._write({**self._kept, name: whole})
            self._last += 1
            self._versions[name] = self._last
            return self._last

    def remove(self, name: str, *, version: int | None) -> None:
        """Forget a connection.

        :raises UnknownConnection: when there is none of the name.
        :raises Conflict, FileBroken, NotChangeable: as ``put``.
        """
        self.check_changeable()
        self._check_name(name)
        with self._lock:
            self._reread()
            if name not in self._kept:
                raise self._unknown(name)
            self._check_version(name, version)
            self._write({other: values for other, values in self._kept.items() if other != name})
            del self._versions[name]

    def _write(self, kept: dict[str, dict[str, Any]]) -> None:
        if self._file is not None:
            self._file.write(kept)
        self._kept = kept
        self.changes += 1

    def _reread(self) -> None:
        """Take over what somebody wrote into the file since; what differs gets a new version."""
        read = self._file.read() if self._file is not None else None
        if read is None:
            return
        for name, values in read.items():
            self._check_read(name, values)
        for name, values in read.items():
            if self._kept.get(name) != values:
                self._last += 1
                self._versions[name] = self._last
        self._versions = {name: self._versions[name] for name in read}
        self._kept = read
        self.changes += 1

    def _check_read(self, name: str, values: Mapping[str, Any]) -> None:
        try:
            self._check_name(name)
            self._judge.check(values)
        except ConnectorError as error:
            path = str(self._file and self._file.path)
            raise FileBroken(
                [
                    Problem(one.code, f"connection '{str(name)[:80]}': {one.message}", one.hint, one.field, path)
                    for one in error.problems
                ]
            ) from None

    def _with_kept(
        self, before: Mapping[str, Any], values: Mapping[str, Any], forget: Collection[str]
    ) -> dict[str, Any]:
        whole = deepcopy(dict(values))
        given = {place for place, _ in _secrets(self._spec.connection.properties, whole)}
        kept = {place: secret for place, secret in _secrets(self._spec.connection.properties, before)
                if place not in given and place not in forget}  # fmt: skip
        own = self._spec.name
        moved = ["servers"] if whole.get("servers") and whole["servers"] != before.get("servers") else []
        moved += [SERVER] if whole.get(SERVER, own) != before.get(SERVER, own) else []
        if kept and moved:
            # Whoever may edit a connection must not learn its credentials by sending them to a server of their own.
            raise ConnectionConfigError.of("secret_needed", "the credentials that are kept would go to another address",
                        f"give {', '.join(sorted(kept))} again together with the address", field=moved[0])  # fmt: skip
        for place, secret in kept.items():
            above = place.rpartition(".")[0]
            # Where the whole object was taken out, its credential went with it.
            if not above or isinstance(get(whole, above), dict):
                put_into(whole, place, secret)
        return whole

    def _problems_of(self, values: Mapping[str, Any]) -> Sequence[Problem]:
        try:
            self._judge.check(values)
        except ConnectorError as error:
            return error.problems
        return ()

    def _check_name(self, name: str) -> None:
        if name in _RESERVED:
            raise InputError.of("reserved", f"'{name}' is the service's own", "choose another name", field="name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError.of(
                "name",
                "is not a valid name for a connection",
                "use up to 64 letters, digits, spaces, '.', '_' and '-', beginning with a letter or digit",
                field="name",
            )

    def _check_version(self, name: str, version: int | None) -> None:
        now = self._versions.get(name)
        if version == now:
            return
        if version is None:
            message, hint = f"there is a connection '{name}' already", "read it, and say which version you change"
        elif now is None:
            message, hint = f"the connection '{name}' is no longer there", "add it as a new one"
        else:
            message, hint = "somebody else changed it since you read it", "read it again, and repeat your change"
        raise Conflict.of("conflict", message, hint, field="version")

    def _unknown(self, name: str) -> UnknownConnection:
        names = self.names()
        hint = did_you_mean(str(name), names) or f"there is {', '.join(names[:20])}"
        what = f"the server has no connection '{str(name)[:80]}'"
        return UnknownConnection.of("unknown_connection", what, hint, field="connection")


def _secrets(properties: Mapping[str, Any], values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted name and value of every member that the schema marks ``secret``."""
    for name, value in values.items():
        schema = properties.get(name, {})
        if schema.get("secret"):
            yield above + name, value
        elif isinstance(value, Mapping):
            yield from _secrets(schema.get("properties", {}), value, f"{above}{name}.")


def _public(properties: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are not secret, at any depth."""
    shown: dict[str, Any] = {}
    for name, value in values.items():
        schema = properties.get(name, {})
        if isinstance(value, Mapping) and not schema.get("secret"):
            shown[name] = _public(schema.get("properties", {}), value)
        elif not has_secret(schema):
            shown[name] = deepcopy(value)
    return shown
