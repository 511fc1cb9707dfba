"""A platform's catalogue: what it lists, and calls by the names it lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..connector import Connector
from ..errors import ConnectionConfigError, ConnectorError, InputError, Problem, UnknownActionError, did_you_mean
from ..runtime.places import put
from ..runtime.policy import Policy
from ..specs.catalog_model import ListedAction, Profile
from ..specs.catalogs import read_profile
from .answer import Answers
from .listed import Called, Listed

if TYPE_CHECKING:
    from ..runtime.exchange import Pause
    from ..runtime.request import Request
    from ..runtime.result import Result


class Catalog:
    """The connector as one platform lists it; make one and keep it.

    :param connector: what makes the calls.
    :param name: the platform: the stem of a file of ``catalogs/``.
    :param policy: which actions are listed; by default all of the platform's.
    :raises InputError: when no platform has that name.
    :raises SpecError: when its profile breaks the language.
    """

    def __init__(self, connector: Connector, name: str, policy: Policy | None = None) -> None:
        self.connector = connector
        self._policy = policy
        self.profile: Profile = read_profile(connector.specs.root, name)
        self._listed: dict[str, Listed] = {}
        self._answers: dict[str, Answers] = {}

    @cached_property
    def entries(self) -> Mapping[str, ListedAction]:
        """What the profile says of each action, by listed name, in the order of the listing."""
        own = dict(self.profile.actions)
        if self.profile.every_action:
            own = {**{name: ListedAction(action=name) for name in self.connector.specs.paths}, **own}
        if self._policy is None or not self._policy.fenced:
            return own
        permitted = {one.name for one in self.connector.specs.summaries() if self._policy.permits(one)}
        return {name: one for name, one in own.items() if one.action in permitted}

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def listed(self, name: str) -> Listed:
        """One listed action.

        :raises UnknownActionError: with the names of this platform that are near.
        """
        if name not in self.entries:
            raise self._unknown(name)
        if name not in self._listed:
            entry = self.entries[name]
            action = self.connector.specs.action(entry.action)
            self._listed[name] = Listed(name, entry, action, self.profile, self.connector.spec)
        return self._listed[name]

    def answers(self, name: str) -> Answers:
        """The answers of one listed action."""
        if name not in self._answers:
            self._answers[name] = Answers(self.listed(name))
        return self._answers[name]

    def listing(self) -> Any:
        """The catalogue as JSON values, in the platform's own shape; the same for the same specs, byte for byte."""
        from .entry import entry
        from .shape import Shape

        whole = entry(self)
        if self.profile.listing is None:
            return whole
        return Shape(self.profile.listing, self.profile.path).fill(whole)

    def entry(self) -> dict[str, Any]:
        """The catalogue as JSON values, in the shape that all platforms share (``schemas/entry.schema.json``)."""
        from .entry import entry

        return entry(self)

    def plan(self, name: str, inputs: Mapping[str, Any], connection: Mapping[str, Any] | None = None) -> Request:
        """The request that a call by listed names would send: no socket is opened.

        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: in the platform's names.
        """
        listed = self.listed(name)
        called = listed.call(inputs)
        with self._in_words_of(listed):
            return self.connector.plan(listed.action.name, called.inputs, self._connection(called, connection))

    def run(
        self,
        name: str,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any] | None = None,
        *,
        raise_errors: bool = True,
        on_wait: Callable[[Pause], None] | None = None,
    ) -> dict[str, Any]:
        """Call an action as the platform lists it, and wait for its answer.

        :param name: the listed name.
        :param inputs: parameters by their listed names.
        :param connection: the platform's credential fields by their names; other members of a connection (``region``)
            are taken under their own.
        :param raise_errors: ``False`` puts what the caller did wrong into the envelope too.
        :returns: the answer in the platform's envelope, whatever the service or the network did.
        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: in the platform's names; nothing was
            sent then.
        """
        given, result = self.call(name, inputs, connection, raise_errors=raise_errors, on_wait=on_wait)
        return self.answers(name).of(given, result)

    def call(
        self,
        name: str,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any] | None = None,
        *,
        raise_errors: bool = True,
        on_wait: Callable[[Pause], None] | None = None,
    ) -> tuple[dict[str, Any], Result]:
        """As ``run``, but with the connector's own result in place of the envelope, in the platform's names.

        :returns: the inputs as they were read, and the result.
        """
        listed = self.listed(name)
        try:
            called = listed.call(inputs)
            with self._in_words_of(listed):
                given = self._connection(called, connection)
                result = self.connector.run(listed.action.name, called.inputs, given, on_wait=on_wait)
        except ConnectorError as error:
            if raise_errors:
                raise
            from ..runtime.call import as_result

            return {}, as_result(listed.action.name, error)
        return called.given, listed.words.result(result)

    def _connection(self, called: Called, given: Mapping[str, Any] | None) -> dict[str, Any]:
        fields = self.profile.credentials.fields if self.profile.credentials else {}
        connection: dict[str, Any] = {}
        for name, value in (given or {}).items():
            connection = put(connection, fields[name].connection if name in fields else str(name), value)
        for place, value in called.connection.items():
            connection = put(connection, place, value)
        return connection

    @contextmanager
    def _in_words_of(self, listed: Listed) -> Iterator[None]:
        """Say what the caller did wrong in the platform's names."""
        try:
            yield
        except InputError as error:
            raise InputError([listed.words.problem(problem) for problem in error.problems]) from error
        except ConnectionConfigError as error:
            raise ConnectionConfigError([self._in_fields(problem, listed) for problem in error.problems]) from error

    def _in_fields(self, problem: Problem, listed: Listed) -> Problem:
        """A problem of the connection by the credential field, or the parameter, that gives its member."""
        from .words import Words

        fields = self.profile.credentials.fields if self.profile.credentials else {}
        names = {field.connection: name for name, field in fields.items()}
        names |= {one.connection: one.name for one in listed.bindings if one.connection}
        return Words(names).problem(problem)

    def _unknown(self, name: str) -> UnknownActionError:
        known = [listed for listed, entry in self.entries.items() if entry.action == name]
        hint = f"did you mean '{known[0]}'?" if known else did_you_mean(str(name), self.entries)
        listed = f"it lists {', '.join(self.entries)}" if len(self.entries) <= 20 else "look at its listing"
        message = f"{self.profile.title} lists no action '{str(name)[:80]}'"
        return UnknownActionError(Problem("unknown_action", message, hint or listed, field="action"))
