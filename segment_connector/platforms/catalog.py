"""A platform's catalogue: what it lists, and calls by the names it lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..call.policy import Policy
from ..errors import ConnectionConfigError, ConnectorError, InputError, Problem
from ..values.paths import put
from .catalog_entry import entry
from .listed_action import Listed, TranslatedCall
from .platform import Platform

if TYPE_CHECKING:
    from ..call.caller import Caller
    from ..call.request import Request
    from ..http.attempts import Pause
    from ..language.profile_records import Profile
    from ..language.specs import Specs
    from ..result import Result


class Catalog(Platform):
    """The connector as one platform lists it; make one and keep it.

    :param specs: the actions that are listed, and the folder of the profiles.
    :param caller: gives what makes the calls, when the first is made: a listing does without.
    :param name: the platform: the stem of a file of ``catalogs/``, or a profile that is read already.
    :param policy: which actions are listed; by default all of the platform's.
    :raises InputError: when no platform has that name.
    :raises SpecError: when its profile breaks the language.
    """

    def __init__(
        self, specs: Specs, caller: Callable[[], Caller], name: str | Profile, policy: Policy | None = None
    ) -> None:
        super().__init__(specs, name, policy)
        self._caller = caller

    def listing(self) -> Any:
        """The catalogue as JSON values, in the platform's own shape; the same for the same specs, byte for byte."""
        from .shape import Shape

        whole = entry(self)
        if self.profile.listing is None:
            return whole
        return Shape(self.profile.listing, self.profile.path).fill(whole)

    def entry(self) -> dict[str, Any]:
        """The catalogue as JSON values, in the shape that all platforms share (``schemas/entry.schema.json``)."""
        return entry(self)

    def plan(self, name: str, inputs: Mapping[str, Any], connection: Mapping[str, Any] | None = None) -> Request:
        """The request that a call by listed names would send: no socket is opened.

        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: in the platform's names.
        """
        listed = self.listed(name)
        called = listed.call(inputs)
        with self._in_words_of(listed):
            return self._caller().plan(listed.action.name, called.inputs, self._connection(called, connection))

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
                result = self._caller().run(listed.action.name, called.inputs, given, on_wait)
        except ConnectorError as error:
            if raise_errors:
                raise
            from ..result import as_result

            return {}, as_result(listed.action.name, error)
        return called.given, listed.words.result(result)

    def _connection(self, called: TranslatedCall, given: Mapping[str, Any] | None) -> dict[str, Any]:
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
        from .wording import Words

        fields = self.profile.credentials.fields if self.profile.credentials else {}
        names = {field.connection: name for name, field in fields.items()}
        names |= {one.connection: one.name for one in listed.bindings if one.connection}
        return Words(names).problem(problem)
