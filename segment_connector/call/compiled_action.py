"""An action made ready to be called: validator and templates, each compiled on first use and kept."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..clock import Clock
from ..errors import Problem, SpecError
from ..http.syntax import Writing
from ..language.action_records import Action, Doubt
from ..redact import has_secret
from ..result import Warn
from ..schema.doubtful_values import Suspect, found, suspects
from ..schema.validator import Validator, asker
from ..templates.compiler import Compiler, Template
from .entries import Judged, Kind
from .recorded_form import RecordedForm

REQUEST_NAMES = ("input", "connection", "now")
OUTPUT_NAMES = ("input", "response")
SPLIT_NAMES = (*OUTPUT_NAMES, "split")


@dataclass(frozen=True, slots=True)
class RequestTemplates:
    """What makes a request of inputs; absent parts are ``None``.

    :ivar connection: members of the connection that the templates name.
    :ivar uses_now: whether the request says when it was sent, and so is rendered anew for each try.
    """

    api: Template
    method: Template
    path: Template
    query: Template | None
    headers: Template | None
    body: Template | None
    connection: tuple[str, ...]
    uses_now: bool


class CompiledAction:
    """One action, ready.

    :param action: the spec.
    :param find: gives the compiled action of another name, for lists of calls.
    :param clock: source of generated values.
    :ivar recorded: makes parameters of inputs as the service writes them down.
    :ivar writings: how its requests are written, by API, as far as that was asked for.
    """

    def __init__(self, action: Action, find: Callable[[str], CompiledAction], clock: Clock) -> None:
        self.action = action
        self._find = find
        self._clock = clock
        parameters = action.parameters
        self.defaults = [(name, schema["default"]) for name, schema in parameters.items() if "default" in schema]
        self.generated = [(name, schema["generate"]) for name, schema in parameters.items() if "generate" in schema]
        self.message_ids = tuple(name for name, kind in self.generated if kind == "uuid4")
        filled = {name for name, _ in (*self.defaults, *self.generated)}
        self.optional = frozenset(parameters) - set(action.required) - filled
        self.writings: dict[str, Writing] = {}
        self.recorded = RecordedForm(action)
        self.secret_parameters = any(has_secret(schema) for schema in parameters.values())

    @cached_property
    def validator(self) -> Validator:
        """Judges the inputs."""
        action = self.action
        demanded = action.input_schema if action.demands is None else action.demands
        return Validator(demanded, action.rules, path=action.path)

    def unexpected(self, inputs: Mapping[str, Any]) -> list[Problem]:
        """What is doubtful about inputs that are not refused, where the action expects more than it demands."""
        if self._expected is None:
            return []
        # What is missing in an object that is not there is told by its own name.
        parameters = self.action.parameters
        absent: dict[str, Any] = {
            name: {} for name, schema in parameters.items() if schema.get("required") and name not in inputs
        }
        return self._expected.problems({**inputs, **absent})

    @cached_property
    def _expected(self) -> Validator | None:
        is_told = self.action.demands is None or not self.action.doubted
        return None if is_told else Validator(self.action.input_schema, path=self.action.path)

    def doubtful_values(self, inputs: Any) -> list[Warn]:
        """The doubts about values of valid inputs."""
        return [Warn(one.warn, one.hint, one.field) for one in found(self._suspects, inputs)]

    def judge_entry(self, entry: dict[str, Any], by: str, untold: bool) -> Judged:
        """Judge an entry of a list of calls, as ``Kind.judge``."""
        own = {name: value for name, value in entry.items() if name != by}
        if self.validator.quick_yes(own):
            return Judged(entry, [])
        plain = self.recorded.plain(entry, listed=True)
        own = {name: value for name, value in plain.values.items() if name != by}
        if untold and not self.validator.accepts(own):
            return Judged(entry, [Problem("more", "is wrong")])
        if problems := plain.in_own_words(self.validator.problems(own)):
            return Judged(entry, problems)
        warnings = self.doubtful_values(own)
        if plain.left_out:
            warnings.append(self.recorded.warning(plain.left_out))
        return Judged(plain.values, [], warnings)

    @cached_property
    def _suspects(self) -> list[Suspect]:
        return list(suspects(self.action.parameters, asker))

    @cached_property
    def request(self) -> RequestTemplates:
        """What makes a request of inputs."""
        action, endpoint = self.action, self.action.endpoint
        compiler = Compiler(REQUEST_NAMES, self.optional, action.path)

        def value(tree: Any, place: str) -> Template:
            return compiler.template(compiler.value(tree, place), place)

        return RequestTemplates(
            api=compiler.template(compiler.text(action.api, "api"), "api"),
            method=compiler.template(compiler.text(endpoint.method, "endpoint"), "endpoint"),
            path=compiler.template(compiler.path(endpoint.path, "endpoint"), "endpoint"),
            query=value(endpoint.query, "query") if endpoint.query is not None else None,
            headers=value(endpoint.headers, "headers") if endpoint.headers is not None else None,
            body=value(action.body, "body") if action.body is not None else None,
            connection=tuple(sorted({path[1] for path in compiler.used if path[0] == "connection" and len(path) > 1})),
            uses_now=("now",) in compiler.used,
        )

    @cached_property
    def doubts(self) -> list[tuple[Doubt, frozenset[str], Template]]:
        """The action's checks, with the inputs without which each cannot hold."""
        found = []
        for index, doubt in enumerate(self.action.checks):
            place = f"checks.{index}.when"
            compiler = Compiler(REQUEST_NAMES, self.optional, self.action.path)
            template = compiler.template(compiler.value(doubt.when, place), place)
            # A check of a member says nothing about an object that is not there; one of the input itself may.
            named = {path[1] for path in compiler.used if path[0] == "input" and len(path) > 1}
            tested = {path[1] for path in compiler.guarded if path[0] == "input" and len(path) == 2}
            found.append((doubt, frozenset((named & self.optional) - tested), template))
        return found

    @cached_property
    def outputs(self) -> Template:
        """Gives the outputs by name."""
        return self._outputs_and_names[0]

    @cached_property
    def needs_headers(self) -> bool:
        """Whether an output shows headers of the answer."""
        return any(path[:2] == ("response", "headers") for path in self._outputs_and_names[1])

    @cached_property
    def _outputs_and_names(self) -> tuple[Template, set[tuple[str, ...]]]:
        action = self.action
        compiler = Compiler(SPLIT_NAMES if action.split else OUTPUT_NAMES, self.optional, action.path)
        tree = {name: output.value for name, output in action.outputs.items()}
        return compiler.template(compiler.value(tree, "outputs"), "outputs"), compiler.used

    def fill(self, inputs: dict[str, Any], now: str) -> None:
        """Put defaults and generated values where nothing was given; changes ``inputs``.

        :param now: the instant of the call, RFC 3339.
        """
        for name, value in self.defaults:
            if name not in inputs:
                inputs[name] = copy.deepcopy(value)
        for name, kind in self.generated:
            if name not in inputs:
                inputs[name] = self._clock.new_id() if kind == "uuid4" else now

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """What the entries of the list parameter may be, by their type."""
        assert self.action.split is not None
        entries = self.action.parameters[self.action.split.parameter].get("entries")
        if entries is None:
            raise SpecError.of(
                "split",
                "a parameter that is split needs 'entries'",
                "say which actions its entries are",
                field=f"parameters.{self.action.split.parameter}",
                path=self.action.path,
            )
        kinds = {}
        for name in entries["actions"]:
            compiled = self._find(name)
            kinds[name] = Kind(
                compiled.judge_entry,
                compiled.recorded.complete,
                compiled.fill,
                compiled.message_ids,
                compiled.recorded.lacks,
            )
        return kinds
