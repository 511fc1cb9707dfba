"""An action as the runtime sees it: frozen records, one for each construct of ``schemas/action.schema.json``.

The meaning of every member is written once, as ``description`` in that schema; here are only types, from which
``records`` builds: unknown and missing members are refused, so that a typo is an error at once and not only in
``segment-connector check``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Effect = Literal["read", "write", "delete"]
Stability = Literal["stable", "beta", "alpha"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Endpoint:
    """Where a request goes and what it carries beside its body; strings may be templates."""

    method: str
    path: str
    query: Any = None
    headers: Any = None
    status: int = 200
    style: Literal["dotted", "form"] | None = None
    explode: bool | None = None
    content: Literal["application/json", "application/x-www-form-urlencoded"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Limits:
    """What the API takes at most for this action."""

    body_bytes: int | None = None
    requests: int | None = None
    seconds: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Rule:
    """A JSON Schema over all inputs, with a message of its own."""

    schema: Mapping[str, Any]
    message: str
    hint: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Doubt:
    """Something worth saying about the inputs that is no reason to refuse them."""

    when: str
    warn: str
    hint: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Recorded:
    """How the service and its libraries write a call down, where that differs from the action's parameters."""

    warn: str
    hint: str
    null_is_absent: bool = False
    named_by: str | None = None
    ignored: tuple[str, ...] = ()
    to_entries: tuple[str, ...] = ()
    fallbacks: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DoubtfulValues:
    """The keyword ``doubts`` of a parameter: values that are taken and warned about; they are named, or all others."""

    warn: str
    hint: str
    values: Mapping[str, Any] | None = None
    unless: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Output:
    """One named value of a result."""

    value: Any
    type: str | list[str]
    description: str
    title: str | None = None
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Split:
    """How one call is cut into requests that keep the API's limits."""

    parameter: str
    max_items: int
    max_bytes: int
    item_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Entries:
    """The keyword ``entries`` of a list parameter: which actions its entries call, and what they share."""

    by: str
    actions: tuple[str, ...]
    merge: tuple[str, ...] = ()
    skip: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ListPaging:
    """How an API's lists are walked through: dotted places in an action's inputs and outputs."""

    kind: Literal["cursor", "page", "offset", "link"] = "cursor"
    cursor: str | None = None
    next: str | None = None
    page: str | None = None
    first: int | None = None
    offset: str | None = None
    more: str | None = None
    total: str | None = None
    size: str | None = None
    default_size: int | None = None

    @property
    def position(self) -> str:
        """The place in the inputs that says which page is wanted."""
        return {"page": self.page, "offset": self.offset}.get(self.kind, self.cursor) or ""

    def misfit(self) -> tuple[str, str, str] | None:
        """A member that its kind lacks or does not have, what is wrong, and the cure; ``None`` when all is well."""
        needed, others = _PAGING[self.kind]
        for member in ("cursor", "next", "page", "first", "offset", "more", "total"):
            given = getattr(self, member) is not None
            if member in needed and not given:
                cure = f"'kind: {self.kind}' needs {' and '.join(needed)}"
                return member, f"'{member}' is missing", f"add it: {cure}"
            if given and member not in (*needed, *others):
                fitting = next(kind for kind, members in _PAGING.items() if member in members[0] + members[1])
                return member, f"has no meaning for the kind '{self.kind}'", f"remove it, or write 'kind: {fitting}'"
        return None


# Members that a kind of paging cannot do without, and those that it may have besides.
_PAGING: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "cursor": (("cursor", "next"), ()),
    "page": (("page",), ("first", "more", "total")),
    "offset": (("offset",), ("more", "total")),
    "link": (("cursor", "next"), ()),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Paging(ListPaging):
    """How to walk through one list, whose entries stand in the output ``items``."""

    items: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Deprecated:
    """Since when an action should not be used any more, and what to use instead."""

    since: str
    use: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ErrorCase:
    """What a status means, and the cure."""

    code: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Example:
    """A call with its request, the answer and the outputs; documentation, test and sample at once."""

    title: str
    input: Mapping[str, Any]
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    output: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Summary:
    """The head of an action file: what a listing shows."""

    name: str
    group: str
    title: str
    summary: str
    api: str
    effect: Effect
    idempotent: bool
    stability: Stability
    keywords: tuple[str, ...] = ()
    docs: str | None = None
    confirm: str | None = None
    tool: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Action:
    """One action. ``parameters`` holds JSON Schemas with every ``$ref`` already replaced.

    :ivar demands: the schema by which inputs are refused, where ``parameters`` say more than is demanded: what breaks
        only those is doubted and sent. No file says this.
    :ivar beneath: the action that sends it, where it is a preset of that one. No file says this.
    :ivar doubted: whether what breaks only ``parameters`` is doubted here; of a planned event its plan tells.
    """

    name: str
    group: str
    path: str
    title: str
    summary: str
    description: str
    api: str
    effect: Effect
    idempotent: bool
    stability: Stability
    endpoint: Endpoint
    keywords: tuple[str, ...] = ()
    tool: str | None = None
    docs: str | None = None
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    recorded: Recorded | None = None
    limits: Limits = field(default_factory=Limits)
    body: Any = None
    split: Split | None = None
    paging: tuple[Paging, ...] = ()
    confirm: str | None = None
    deprecated: Deprecated | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)
    checks: tuple[Doubt, ...] = ()
    errors: Mapping[str, ErrorCase] = field(default_factory=dict)
    simulate: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    demands: Mapping[str, Any] | None = None
    beneath: str | None = None
    doubted: bool = True

    @property
    def called(self) -> str:
        """The action that is called: itself, or what sends the event that it is a preset of."""
        return self.beneath or self.name

    @property
    def input_schema(self) -> dict[str, Any]:
        """The inputs as one JSON Schema object, as hosts and validators read it."""
        return {
            "type": "object",
            "properties": dict(self.parameters),
            "required": list(self.required),
            "additionalProperties": False,
        }
