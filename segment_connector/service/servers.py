"""Where calls of others may go: a service that others reach must not lend them its place in the network.

What a connection names by ``servers`` would be asked from here, and the answer shown. So where others reach the
service, only servers are taken that whoever started it has named; and since a name can be made to lead elsewhere at any
time, the address is looked at where the socket is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from typing import Any

from ..errors import ConnectionConfigError, InputError
from ..language.connector_records import ConnectorSpec

_HOST = r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?"
_ADDRESS = re.compile(rf"https?://(\[[0-9a-f:.]+\]|{_HOST})(:[0-9]+)?(/.*)?", re.ASCII | re.DOTALL)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ServerNotAllowed(ConnectionConfigError):  # noqa: N818 - what happened, named as a client would
    """A connection names a server that calls of others may not go to."""


class Servers:
    """The servers of callers' own that calls may go to.

    :param spec: whose servers may be named at any rate.
    :param named: host names, addresses and networks (``10.1.0.0/16``) that may be called. A name that leads to an
        address which is not public may be called when that address is named as well.
    :param limited: whether nothing else may; otherwise everything may.
    :raises InputError: for a name that is none.
    """

    def __init__(self, spec: ConnectorSpec, named: Collection[str] = (), *, limited: bool = False) -> None:
        self.limited = limited
        self._regional = {address for api in spec.apis.values() for address in api.by_region.values()}
        networks = {name: _network(name) for name in named}
        self._networks = [network for network in networks.values() if network is not None]
        self._names = {name.lower() for name, network in networks.items() if network is None}

    def check(self, connection: Mapping[str, Any], known: Mapping[str, Any] | None = None) -> None:
        """Nothing, when calls with a connection may go where it says.

        :param known: a connection whose servers were accepted before.
        :raises ServerNotAllowed: otherwise, for the first that may not be called.
        """
        servers, before = connection.get("servers"), (known or {}).get("servers")
        if not self.limited or not isinstance(servers, Mapping):  # what is not a mapping is refused by its schema
            return
        accepted = before if isinstance(before, Mapping) else {}
        for api, address in servers.items():
            if address != accepted.get(api) and isinstance(address, str) and not self._takes(address):
                raise ServerNotAllowed.of(
                    "server_not_allowed",
                    "calls may not go to a custom server here",
                    "leave it out for the server of the region, or start the service with --allow-server HOST",
                    field=f"servers.{str(api)[:80]}",
                )

    def allows(self, host: str, address: str) -> bool:
        """Whether a connection to a host may lead to an address.

        :param host: as the call names it. What is not among ``named`` is a server of the region or of a connection that
            whoever runs the service made, since ``check`` let no other pass.
        :param address: the address at the other end of the socket.
        """
        if not self.limited or host.lower() not in self._names:
            return True
        reached = _real(ipaddress.ip_address(address.partition("%")[0]))
        return (reached.is_global and not reached.is_multicast) or self._is_named(reached)

    def _takes(self, address: str) -> bool:
        found = _ADDRESS.fullmatch(address.lower())
        if address.rstrip("/") in self._regional:
            return True
        if found is None:
            return False
        try:
            return self._is_named(_real(ipaddress.ip_address(found[1].strip("[]"))))
        except ValueError:
            return found[1] in self._names

    def _is_named(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network that somebody named, which may be one address; ``None`` for the name of a host."""
    try:
        return ipaddress.ip_network(name.strip("[]"))
    except ValueError:
        if re.fullmatch(_HOST, name.lower()):
            return None
        what = f"'{name[:80]}' is not a name of a host, no address and no network"
        hint = "write it without scheme, port and path: proxy.example.com, 10.1.2.3 or 10.1.0.0/16"
        raise InputError.of("host", what, hint, field="--allow-server") from None


def _real(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address
