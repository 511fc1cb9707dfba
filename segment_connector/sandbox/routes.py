"""What of the specs the sandbox simulates: the APIs with ``simulate``, where they are mounted, and their routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SpecError
from ..language.connector_records import ConnectorSpec
from ..language.records import build
from ..language.specs import Specs

CONTROL_PATHS = ("/", "/deliveries", "/events", "/faults", "/healthz", "/scenes", "/state")
"""Paths of the sandbox itself; no API can be mounted there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulate:
    """How the sandbox stands in for an API: ``apis.<name>.simulate`` of ``connector.yaml``.

    :ivar mount: path of the sandbox below which the API is.
    :ivar answers: name of the way of answering.
    :ivar body: body of a good answer; ``text`` is one that is not valid JSON.
    :ivar error: body of any other answer; its strings are templates over ``error.status``, ``.code``, ``.message`` and
        ``.field``.
    :ivar invalid: status of the answer to a request that an action's parameters do not allow.
    :ivar page: what an answer tells of where its page of a list stands; templates over ``page``.
    :ivar headers: headers of every answer; templates over ``answer.id`` and ``limit``.
    :ivar seed: file beside ``connector.yaml`` that tells what is there at the beginning, and what actions do to it.
    :ivar connection: members that a connection needs beside its credentials.
    :ivar expires_in: seconds that an OAuth token lives.
    :ivar assertion_seconds: seconds that an OAuth assertion may live at most.
    """

    mount: str
    answers: str
    body: Any = field(default_factory=dict)
    text: str | None = None
    error: Any = field(default_factory=lambda: {"code": "{{ error.code }}", "message": "{{ error.message }}"})
    invalid: int = 400
    page: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    seed: str | None = None
    connection: Mapping[str, Any] = field(default_factory=dict)
    expires_in: int = 86400
    assertion_seconds: int = 60


def simulated(spec: ConnectorSpec, kinds: Iterable[str]) -> dict[str, Simulate]:
    """The APIs that can be simulated, by name.

    :param kinds: the ways of answering that there are.
    :raises SpecError: when a mount clashes with another or with the sandbox's own paths, or nobody answers that way.
    """
    found: dict[str, Simulate] = {}
    for name, api in spec.apis.items():
        if api.simulate is None:
            continue
        place = f"apis.{name}.simulate"
        simulate = build(Simulate, api.simulate, spec.path, place)
        if simulate.answers not in kinds:
            raise SpecError.of(
                "enum",
                f"no API is simulated '{simulate.answers}'",
                f"there is {', '.join(kinds)}",
                field=f"{place}.answers",
                path=spec.path,
            )
        clash = _clash(simulate.mount, found)
        if clash is not None:
            raise SpecError.of(
                "mount",
                f"'{simulate.mount}' {clash}",
                "mount it at a path of its own, for example /" + name,
                field=f"{place}.mount",
                path=spec.path,
            )
        found[name] = simulate
    return found


def _clash(mount: str, others: Mapping[str, Simulate]) -> str | None:
    if not mount.startswith("/") or mount.endswith("/"):
        return "must begin with a slash and not end with one"
    if any(_below(mount, path) for path in CONTROL_PATHS if path != "/"):
        return "is a path of the sandbox itself"
    for name, other in others.items():
        if _below(mount, other.mount) or _below(other.mount, mount):
            return f"overlaps the mount of '{name}'"
    return None


def _below(path: str, mount: str) -> bool:
    return path == mount or path.startswith(mount + "/")


def mounted(path: str, mounts: Mapping[str, str]) -> tuple[str, str] | None:
    """The API that a path belongs to, and the path below its mount; ``None`` when it belongs to none.

    :param mounts: API by mount; no mount is below another.
    """
    for mount, api in mounts.items():
        if _below(path, mount):
            return api, path[len(mount) :]
    return None


def literal_routes(specs: Specs, api: str) -> dict[tuple[str, str], str]:
    """The action of each method and path of an API, for the actions that always go to the same place.

    :raises SpecError: when a file of one of them cannot be read.
    """
    routes: dict[tuple[str, str], str] = {}
    for summary in specs.summaries():
        if summary.api != api:
            continue
        endpoint = specs.action(summary.name).endpoint
        if "{{" not in endpoint.method + endpoint.path:
            routes.setdefault((endpoint.method.upper(), endpoint.path), summary.name)
    return routes
