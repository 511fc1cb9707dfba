"""An action made ready to be called: validator and templates, each compiled on first use and kept."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import Problem, SpecError
from ..redact import has_secret
from ..specs.connector_model import Answer
from ..specs.model import Action
from .entries import Kind
from .inputs import Validator
from .templates import Compiler, Template

REQUEST_NAMES = ("input", "connection", "now")
OUTPUT_NAMES = ("input", "response")
SPLIT_NAMES = (*OUTPUT_NAMES, "split")
ANSWER_NAMES = ("response",)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where time, waiting and new ids come from; tests and examples put their own in.

    :ivar now: the current instant, with a zone.
    :ivar monotonic: seconds of a clock that is never set back.
    :ivar sleep: waits for a number of seconds.
    :ivar new_id: a new unique id.
    """

    now: Callable[[], datetime.datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    new_id: Callable[[], str]

    def timestamp(self) -> str:
        """The current instant as RFC 3339 in UTC with milliseconds."""
        return self.now().astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def new_uuid() -> str:
    """A random UUID (version 4) as text."""
    return str(uuid.uuid4())


class CompiledAction:
    """One action, ready.

    :param action: the spec.
    :param find: gives the compiled action of another name, for lists of calls.
    :param clock: source of generated values.
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
        self.secret_parameters = any(has_secret(schema) for schema in parameters.values())

    @cached_property
    def validator(self) -> Validator:
        """Judges the inputs."""
        return Validator(self.action.input_schema, self.action.rules)

    @cached_property
    def request(self) -> Template:
        """Gives ``[api, method, path, query, headers, body, check, check, ...]``."""
        return self._request_and_names[0]

    @cached_property
    def uses_now(self) -> bool:
        """Whether a request says when it was sent, and so must be rendered anew for each try."""
        return ("now",) in self._request_and_names[1]

    @cached_property
    def _request_and_names(self) -> tuple[Template, set[tuple[str, ...]]]:
        action, endpoint = self.action, self.action.endpoint
        compiler = Compiler(REQUEST_NAMES, self.optional, action.path)
        tree = compiler.all_of(
            [
                compiler.text(action.api, "api"),
                compiler.text(endpoint.method, "endpoint.method"),
                compiler.path(endpoint.path, "endpoint.path"),
                compiler.value(endpoint.query, "endpoint.query"),
                compiler.value(endpoint.headers, "endpoint.headers"),
                compiler.value(action.body, "body"),
                *(compiler.value(doubt.when, f"checks.{index}.when") for index, doubt in enumerate(action.checks)),
            ]
        )
        return compiler.template(tree, "endpoint"), compiler.used

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

    def fill(self, inputs: dict[str, Any]) -> None:
        """Put defaults and generated values where nothing was given; changes ``inputs``."""
        for name, value in self.defaults:
            inputs.setdefault(name, value)
        for name, kind in self.generated:
            if name not in inputs:
                inputs[name] = self._clock.new_id() if kind == "uuid4" else self._clock.timestamp()

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """What the entries of the list parameter may be, by their type."""
        assert self.action.split is not None
        entries = self.action.parameters[self.action.split.parameter].get("entries")
        if entries is None:
            raise SpecError(
                Problem(
                    "split", "a parameter that is split needs 'entries'", "say which actions its entries are",
                    field=f"parameters.{self.action.split.parameter}", path=self.action.path,
                )
            )
        kinds = {}
        for name in entries["actions"]:
            compiled = self._find(name)
            kinds[name] = Kind(compiled.validator.problems, compiled.fill, compiled.message_ids)
        return kinds


class CompiledAnswer:
    """The templates by which an API's answers are read.

    :param answer: the spec, and ``path`` the file it stands in.
    """

    def __init__(self, answer: Answer, path: str) -> None:
        self.answer = answer
        self._path = path

    @cached_property
    def refused_when(self) -> Template | None:
        """True when an answer with a good status says no all the same."""
        if self.answer.refused_when is None:
            return None
        compiler = Compiler(ANSWER_NAMES, (), self._path)
        return compiler.template(compiler.value(self.answer.refused_when, "answer.refused_when"), "answer.refused_when")

    @cached_property
    def error(self) -> Template:
        """Gives ``message``, ``field`` and ``details`` of a refusal, as far as they are there."""
        compiler = Compiler(ANSWER_NAMES, (), self._path)
        return compiler.template(compiler.value(dict(self.answer.error), "answer.error"), "answer.error")
