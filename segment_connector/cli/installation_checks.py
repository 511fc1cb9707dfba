"""What ``doctor`` looks at: this Python and what is installed with it, and how the service is reached from here."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from ..connector import Connector

MOST_SKEW = 60
"""Seconds by which a clock may be wrong before it is a warning: events would be dated into the future or the past."""

_DISTRIBUTION = "segment-connector"
_OLDEST = (3, 10)
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_OF_DEVELOPERS = {"test", "lint", "bench", "docs"}
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about an installation.

    :ivar verdict: ``ok``; ``note`` for what may be as it is; ``warning``; ``problem`` for what has to be mended.
    """

    title: str
    verdict: Literal["ok", "note", "warning", "problem"]
    message: str
    hint: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return asdict(self)


def installation_findings() -> Iterator[Finding]:
    """What can be said without a connection and without a network."""
    from .. import __version__

    python = f"{platform.python_implementation()} {platform.python_version()} on {platform.platform()}"
    if sys.version_info < _OLDEST:
        yield Finding("Python", "problem", python, "install Python 3.10 or newer")
    else:
        yield Finding("Python", "ok", python)
    yield Finding("package", "ok", f"{_DISTRIBUTION} {__version__}")
    yield from _extras()
    encoding = sys.getfilesystemencoding()
    if encoding.lower() not in ("utf-8", "utf8"):
        yield Finding("encoding", "warning", f"names of files are {encoding}", "set PYTHONUTF8=1")


def _extras() -> Iterator[Finding]:
    try:
        wanted = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        message = "the package runs from a folder and was not installed, so its extras are not known"
        yield Finding("extras", "note", message, f"pip install {_DISTRIBUTION}")
        return
    extras: dict[str, list[str]] = {}
    for line in wanted:
        named, extra = _NAME.match(line), _EXTRA.search(line)
        if named and extra and extra[1] not in _OF_DEVELOPERS and named[0] != _DISTRIBUTION:
            extras.setdefault(extra[1], []).append(named[0])
    absent = {extra: missing for extra, names in extras.items() if (missing := [one for one in names if not _has(one)])}
    there = sorted(set(extras) - set(absent))
    yield Finding("extras", "ok", f"installed: {', '.join(there)}" if there else "none is installed")
    if absent:
        wanted_ones = ",".join(sorted(absent))
        yield Finding(
            "extras", "note", f"not installed: {', '.join(sorted(absent))}",
            f"where one is needed: pip install '{_DISTRIBUTION}[{wanted_ones}]', or some of them",
        )  # fmt: skip


def _has(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def reach_findings(connector: Connector, given: Mapping[str, Any], *, offline: bool) -> Iterator[Finding]:
    """What can be said of a connection, and of the way to the service's servers.

    :param given: the connection, without a check so far.
    :param offline: ask nothing of the network.
    :raises ConnectionConfigError: when the connection is wrong.
    """
    spec = connector.spec
    connection = connector.caller.connections.check(given)
    known = spec.connection.properties
    names = [str(known[name].get("title") or name) for name in given if name in known and name != "region"]
    region = f"region {connection.region}; " if connection.region else ""
    if connection.secrets:
        yield Finding("connection", "ok", f"{region}given: {', '.join(names)}")
    else:
        command = spec.command.split()[0]
        yield Finding(
            "connection", "warning", f"{region}no credential is given",
            f"'{command} login' stores one; '{command} sandbox' needs none",
        )  # fmt: skip
    yield from _proxies()
    if offline:
        return
    for check in connector.test_connection(given).checks:
        if check.verdict == "not_given":
            continue
        verdict: Any = {"verified": "ok", "failed": "problem"}.get(check.verdict, "note")
        yield Finding(check.title, verdict, check.message, check.hint)
    for title, address in _servers(connector, connection):
        yield _reached(connector, title, address)


def _proxies() -> Iterator[Finding]:
    for name in _PROXIES:
        if value := os.environ.get(name):
            parts = urlsplit(value if "//" in value else f"//{value}")
            host = parts.netloc.rpartition("@")[2]
            yield Finding("proxy", "note", f"{name}: requests go by {urlunsplit((parts.scheme, host, '', '', ''))}")


def _servers(connector: Connector, connection: Any) -> Iterator[tuple[str, str]]:
    told = set()
    for api in connector.spec.apis.values():
        address = connection.server(api)
        host = urlsplit(address)._replace(path="", query="").geturl()
        if host not in told:
            told.add(host)
            yield api.title, host


def _reached(connector: Connector, title: str, address: str) -> Finding:
    """Ask a server for its root: what it answers does not matter, only that it does, and what time it has."""
    from datetime import datetime, timezone

    from ..http.transport import NoAnswer, Transport
    from ..language.connector_records import Timeout

    agent = {"User-Agent": connector.spec.user_agent}
    transport = Transport()
    try:
        response = transport("GET", f"{address}/", agent, None, Timeout(connect=5, read=5, total=10), 1_000_000)
    except NoAnswer as error:
        cures = {
            "tls": "a proxy that opens TLS needs its certificate: set REQUESTS_CA_BUNDLE to the file",
            "proxy": "check the proxy that HTTPS_PROXY names",
        }
        hint = cures.get(error.kind, "check the network, the name server and the firewall for this host")
        return Finding(title, "problem", f"{address} does not answer: {error}", hint)
    finally:
        transport.close()
    told = f"{address} answers"
    try:
        there = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return Finding(title, "ok", told)
    skew = (datetime.now(timezone.utc) - there).total_seconds()
    if abs(skew) > MOST_SKEW:
        off = "ahead" if skew > 0 else "behind"
        message = f"{told}, and this clock is {abs(skew):,.0f} s {off} of it"
        return Finding(title, "warning", message, "set the clock: events are dated by it, and OAuth depends on it")
    return Finding(title, "ok", f"{told}, and the clocks agree")
