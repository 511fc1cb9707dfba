"""The connector as the runtime sees it: frozen records, one for each construct of ``schemas/connector.schema.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import PROGRAM, __version__
from ..errors import SpecError, SpecVersionError, known_names
from ..values.paths import schema_at
from .action_records import ErrorCase, ListPaging
from .records import KEY, build, mapping

# The version of the language that this package reads.
SPEC_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Timeout:
    """Seconds: to open a connection, between two bytes of an answer, and for one try from end to end."""

    connect: float = 5
    read: float = 15
    total: float = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RateLimitRetry:
    """Waits that a server asks for (``Retry-After``): seconds at most for one, and for all of a call."""

    max_retry_interval: float = 300
    max_duration: float = 1800


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Retry:
    """When a try is repeated, in the vocabulary of Segment's own SDKs; intervals in seconds."""

    max_retries: int = 0
    base_interval: float = 0.5
    max_interval: float = 60
    jitter_percent: float = 10
    max_total_duration: float = 43200
    rate_limit: RateLimitRetry = field(default_factory=RateLimitRetry)
    statuses: Mapping[str, str] = field(default_factory=dict)
    not_idempotent: tuple[str, ...] = ("429",)
    count_header: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AnswerRules:
    """How an API's answers are read; strings are templates over ``response``."""

    outputs: str = "response.body"
    empty: Literal["accepted", "refused"] = "refused"
    accepted_texts: tuple[str, ...] = ()
    max_bytes: int = 10_000_000
    request_id: tuple[str, ...] = ()
    refused_when: str | None = None
    retry_after_ms: str | None = None
    error: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Api:
    """One of the service's APIs.

    :ivar address: where a customer finds their own address of it, where it has none that serves all.
    :ivar own_paths: what its actions' paths begin with, so that an address may be named with it or without.
    """

    name: str = field(metadata=KEY)
    title: str
    servers: str | Mapping[str, str]
    auth: tuple[str, ...] = ()
    style: Literal["dotted", "form"] = "dotted"
    explode: bool = True
    content: Literal["application/json", "application/x-www-form-urlencoded"] = "application/json"
    timeout: Timeout = field(default_factory=Timeout)
    retry: Retry = field(default_factory=Retry)
    rate_limit: Mapping[str, int] | None = None
    media_types: Mapping[str, str] = field(default_factory=dict)
    answer: AnswerRules = field(default_factory=AnswerRules)
    paging: ListPaging | None = None
    errors: Mapping[str, ErrorCase] = field(default_factory=dict)
    simulate: Mapping[str, Any] | None = None
    docs: str | None = None
    address: str | None = None
    own_paths: tuple[str, ...] = ()

    @property
    def by_region(self) -> Mapping[str, str]:
        """The base URLs by region; the one of an API that has no regions stands under the empty name."""
        return {"": self.servers} if isinstance(self.servers, str) else self.servers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ConnectionTest:
    """One statement that ``test_connection`` can make, and how honest it can be."""

    title: str
    needs: tuple[str, ...]
    message: str
    hint: str | None = None
    api: str | None = None
    method: str = "GET"
    path: str | None = None
    auth: str | None = None
    verified_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ConnectionSpec:
    """What a platform asks its user for, once."""

    properties: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...] = ()
    test: tuple[ConnectionTest, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        """The connection as one JSON Schema object."""
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Group:
    """A folder of actions."""

    title: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StartWay:
    """One of the ways in which a newcomer begins: an action, or a page of the program's own."""

    title: str
    summary: str
    action: str | None = None
    page: Literal["bulk", "agents"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PresetFamily:
    """A folder of presets."""

    title: str
    summary: str
    docs: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PromptArgument:
    """What a prompt is filled in with."""

    title: str
    description: str
    required: bool = False
    enum: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Prompt:
    """A common job, put into words for an AI agent; the text is a template over ``input``."""

    title: str
    description: str
    text: str
    arguments: Mapping[str, PromptArgument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Agents:
    """What AI agents are offered, and under which names."""

    instructions: str = ""
    tools: tuple[str, ...] = ()
    only_by_name: tuple[str, ...] = ()
    prompts: Mapping[str, Prompt] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Search:
    """What a search for actions goes by besides their own words."""

    common: tuple[str, ...] = ()
    synonyms: tuple[list[str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ConnectorSpec:
    """``connector.yaml``.

    :ivar auth: the ways to sign a request, as they stand there: ``http.auth`` knows their members.
    """

    path: str
    spec_version: int
    name: str
    title: str
    summary: str
    description: str
    apis: Mapping[str, Api]
    connection: ConnectionSpec
    auth: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    start: tuple[StartWay, ...] = ()
    presets: Mapping[str, PresetFamily] = field(default_factory=dict)
    agents: Agents = field(default_factory=Agents)
    search: Search = field(default_factory=Search)
    categories: tuple[str, ...] = ()
    docs: str | None = None
    website: str | None = None
    command: str = f"{PROGRAM} --specs DIR"
    bulk: str | None = None

    @property
    def user_agent(self) -> str:
        """How requests name their sender: the connector, then the program that carries it (RFC 9110, 10.1.5)."""
        sender = f"{PROGRAM}/{__version__}"
        return sender if self.command == PROGRAM else f"{self.name} {sender}"

    def title_of(self, api: Api) -> str:
        """An API's title with the service's in front, for those who do not know whose it is."""
        return api.title if api.title.startswith(self.title) else f"{self.title} {api.title}"

    def variable_of(self, name: str | None) -> str | None:
        """The environment variable that gives a member of the connection, if it has one.

        :param name: the member's dotted name.
        """
        return schema_at(self.connection.schema, name or "").get("env")


def connector_from(data: Any, path: str) -> ConnectorSpec:
    """The connector from the parsed YAML.

    :raises SpecVersionError: before anything else is looked at, when the file is of another version of the language.
    :raises SpecError: for any other mistake, with its place.
    """
    _check_version(mapping(data, path, "").get("spec_version"), path)
    spec = build(ConnectorSpec, data, path, "", path=path)
    _check_properties(spec.connection.properties, path, "connection.properties")
    _check_names(spec)
    for name, api in spec.apis.items():
        if api.paging is not None and (misfit := api.paging.misfit()) is not None:
            member, message, hint = misfit
            raise SpecError.at(path, "paging", message, hint, field=f"apis.{name}.paging.{member}")
    return spec


def _check_properties(properties: Any, path: str, place: str) -> None:
    """Hold what is read before any validator exists: the names of environment variables, at every depth."""
    for name, schema in mapping(properties, path, place).items():
        below = f"{place}.{name}"
        members = mapping(schema, path, below)
        if not isinstance(members.get("env", ""), str):
            raise SpecError.at(path, "type", "must be text", "name one environment variable", field=f"{below}.env")
        _check_properties(members.get("properties", {}), path, f"{below}.properties")


def _check_names(spec: ConnectorSpec) -> None:
    """Hold every name of an API or of an auth scheme to those that are there."""
    named: list[tuple[str, str | None, Mapping[str, Any]]] = []
    for api in spec.apis.values():
        named.extend((f"apis.{api.name}.auth.{index}", name, spec.auth) for index, name in enumerate(api.auth))
    for index, test in enumerate(spec.connection.test):
        place = f"connection.test.{index}"
        named += [(f"{place}.api", test.api, spec.apis), (f"{place}.auth", test.auth, spec.auth)]
    for place, name, known in named:
        if name is not None and name not in known:
            hint = known_names(name, known)
            raise SpecError.at(spec.path, "unknown_name", f"'{name}' is not described in this file", hint, field=place)


def _check_version(version: Any, path: str) -> None:
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        message, hint = (
            "'spec_version' must be the number of the language's version",
            f"write 'spec_version: {SPEC_VERSION}'",
        )
        raise SpecError.at(path, "spec_version", message, hint, field="spec_version")
    if version != SPEC_VERSION:
        message = f"the file is written in version {version} of the language; this package reads version {SPEC_VERSION}"
        hint = f"install a segment-connector that reads spec_version {version}"
        if version < SPEC_VERSION:
            hint = "endpoint, body, paging, outputs and examples have other forms: see docs/guides/language.md"
        raise SpecVersionError.at(path, "spec_version", message, hint, field="spec_version")
