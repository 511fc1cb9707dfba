"""A trigger as the runtime sees it: frozen records, one for each construct of ``schemas/trigger.schema.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .action_records import Doubt, Output, Rule, Stability
from .step_records import Step

Kind = Literal["webhook", "poll"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Verify:
    """How a delivery proves where it comes from."""

    type: Literal["hmac"]
    hash: Literal["sha1", "sha256", "sha512"]
    header: str
    encoding: Literal["hex", "base64"] = "hex"
    over: Literal["body", "first_item"] = "body"
    prefix: str = ""
    token_header: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Receive:
    """What a delivery looks like, and how soon it has to be answered, in seconds."""

    items: str | None = None
    max_bytes: int = 1_000_000
    max_items: int = 1_000
    respond_within: float = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Webhook:
    """A way in which the service calls out, shared by the triggers that name it."""

    title: str
    verify: Verify
    description: str = ""
    receive: Receive = field(default_factory=Receive)
    subscribe: tuple[Step, ...] = ()
    unsubscribe: tuple[Step, ...] = ()
    check: tuple[Step, ...] = ()
    manual: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PollCall:
    """One list that a poll reads."""

    action: str
    input: Any = field(default_factory=dict)
    when: str | None = None
    entries: Any = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Poll:
    """How the service is asked for what is new; times in seconds."""

    calls: tuple[PollCall, ...]
    every: float = 300
    overlap: float = 120
    first: Literal["from_now", "all"] = "from_now"
    remember: Literal["window", "current"] = "window"
    order: Literal["newest_first"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ItemSpec:
    """What tells one item from another, when it happened, and what a person reads of it."""

    id: str
    title: str
    at: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TriggerExample:
    """A delivery or a poll with the items that it gives."""

    title: str
    input: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]
    filter: str | None = None
    secret: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    now: str | None = None
    state: Mapping[str, Any] | None = None
    answers: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Trigger:
    """One trigger. ``parameters`` holds JSON Schemas with every ``$ref`` already replaced."""

    name: str
    group: str
    path: str
    title: str
    summary: str
    description: str
    kind: Kind
    stability: Stability
    item: ItemSpec
    outputs: Mapping[str, Output]
    keywords: tuple[str, ...] = ()
    docs: str | None = None
    needs: tuple[str, ...] = ()
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    checks: tuple[Doubt, ...] = ()
    webhook: str | None = None
    filter: str | None = None
    poll: Poll | None = None
    where: str | None = None
    examples: tuple[TriggerExample, ...] = ()

    @property
    def input_schema(self) -> dict[str, Any]:
        """The inputs as one JSON Schema object, as hosts and validators read it."""
        return {
            "type": "object",
            "properties": dict(self.parameters),
            "required": list(self.required),
            "additionalProperties": False,
        }

    @property
    def optional(self) -> frozenset[str]:
        """The inputs that may be absent when templates are evaluated."""
        filled = {name for name, schema in self.parameters.items() if "default" in schema}
        return frozenset(self.parameters) - set(self.required) - filled
