"""The façade: everything a platform needs of the connector, in one object."""

from __future__ import annotations

import os
import random as _random
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ConnectorError, InputError

if TYPE_CHECKING:
    from .bulk.read.frames import ArrowStream
    from .bulk.tally import BulkResult, Progress
    from .call.caller import Caller, OnWait
    from .call.connection_check import ConnectionReport
    from .call.dropdown import Options
    from .call.paging import Page
    from .call.request import Request
    from .clock import Clock
    from .http.transport import Send
    from .investigations.findings import Report
    from .investigations.inquiry import Inquiry
    from .language.action_records import Action
    from .language.connector_records import ConnectorSpec
    from .language.specs import Specs
    from .language.trigger_records import Trigger
    from .plans.enforcement import Enforcement
    from .plans.plan import Plan
    from .plans.plan_step import GivenPlan, GivenSource
    from .plans.sync.workspace_plans import Workspace
    from .plans.verdict import Verdict
    from .platforms.catalog import Catalog
    from .result import Result
    from .triggers.polling import Polled
    from .triggers.receiving import Reception
    from .triggers.subscription import Subscription
    from .triggers.trigger_runner import TriggerRunner


class Connector:
    """A connector, loaded from its specs; make one and keep it, it is safe to share between threads.

    :param specs: the spec files.
    :param send: what sends a request; by default the real transport, in tests any function of the same form.
    :param clock: time, waiting and ids; by default the machine's.
    :param max_retries: replaces what ``connector.yaml`` says; 0 turns retries off.
    :param plan: the tracking plan that every call is held to: a folder as ``plan pull`` writes it, or the id, name or
        slug of a plan of the workspace, which is read with the connection of the first call and kept for five minutes.
    :param plan_mode: ``warn``, ``reject`` or ``as-source``: what is done about a call that is not as the plan says.
    :param plan_source: for ``as-source``, the settings of the source, a file of them, or the source's id; without it,
        the source that the connection's key belongs to.
    :param plan_cache: a folder that keeps a plan of the workspace for the next process.
    :raises InputError, SpecError: when the plan cannot be used.
    """

    def __init__(
        self, specs: Specs, *, send: Send | None = None, clock: Clock | None = None, max_retries: int | None = None,
        plan: GivenPlan | None = None, plan_mode: str = "warn", plan_source: GivenSource = None,
        plan_cache: Path | None = None,
    ) -> None:  # fmt: skip
        self.specs = specs
        self._send = send
        self._clock = clock
        self._max_retries = max_retries
        self._inquiries: dict[str, tuple[int, Inquiry]] = {}
        self.plan_step: Enforcement | None = None
        if plan is not None:
            from .plans.plan_step import plan_step

            self.plan_step = plan_step(
                specs, plan, plan_mode, plan_source, self._workspace, plan_cache, self._offer_events
            )

    @classmethod
    def load(
        cls,
        root: str | Path | None = None,
        *,
        send: Send | None = None,
        clock: Clock | None = None,
        max_retries: int | None = None,
        plan: GivenPlan | None = None,
        plan_mode: str = "warn",
        plan_source: GivenSource = None,
    ) -> Connector:
        """A connector from a folder with ``connector.yaml``, ``actions/`` and ``schemas/``.

        :param root: the folder; by default the specs that come with the package.
        :raises SpecError: when there are none in it. An action's own file is read when it is first used.
        """
        from .language.specs import Specs

        return cls(
            Specs(None if root is None else Path(root)), send=send, clock=clock, max_retries=max_retries,
            plan=plan, plan_mode=plan_mode, plan_source=plan_source,
        )  # fmt: skip

    @property
    def spec(self) -> ConnectorSpec:
        """``connector.yaml``."""
        return self.specs.connector

    @property
    def actions(self) -> Mapping[str, Action]:
        """Every action by name, each read when it is first looked at."""
        from .language.specs import Actions

        return Actions(self.specs)

    @cached_property
    def caller(self) -> Caller:
        """What ``plan`` and ``run`` use, made on first use."""
        from .call.caller import Caller
        from .clock import machine_clock
        from .http.transport import Transport

        clock = self._clock or machine_clock()
        return Caller(
            self.specs, self._send or Transport(), clock, _random.random, self._max_retries, self.plan_step
        )  # fmt: skip

    def _workspace(self, connection: Mapping[str, Any]) -> Workspace:
        """The plans of a workspace, asked for by calls that are held to none."""
        from .plans.sync.workspace_plans import Workspace

        caller = self.caller
        plain = Connector(self.specs, send=caller.send, clock=caller.clock, max_retries=self._max_retries)
        return Workspace(
            self.specs,
            lambda action, inputs: plain.run(action, inputs, connection),
            lambda action, inputs: plain.iterate(action, inputs, connection),
        )

    def _offer_events(self, plan: Plan) -> None:
        """Let the events of a plan be called by their own names, as presets are."""
        from .plans.event_actions import EventActions

        if self.specs.plans is not None:
            self.specs.presets.planned = EventActions(plan, self.specs.plans, self.specs)
        if "caller" in self.__dict__:
            self.caller.forget()

    def judge(self, action: str, inputs: Mapping[str, Any], connection: Mapping[str, Any]) -> Verdict:
        """What the tracking plan says of a call; nothing is sent.

        :param inputs: the call as it would be sent.
        :param connection: what the plan is read with, where it is one of the workspace.
        :raises InputError: when the connector has no plan, or it cannot be read.
        """
        if self.plan_step is None:
            from .errors import InputError

            raise InputError.of("no_plan", "this connector has no tracking plan", "give it a plan", "plan")
        return self.plan_step.plan.judge(connection).verdict(action, inputs)

    def serving(self, connection: Mapping[str, Any]) -> Connector:
        """The connector of the service that a connection names by ``server``: its ``spec`` has that name and addresses.

        Calls find it by themselves; it is for those who show them.

        :raises SpecError: when the profile of the service breaks the language.
        """
        caller = self.caller.serving(connection)
        if caller is self.caller:
            return self
        other = Connector(caller.specs, send=caller.send, clock=caller.clock, max_retries=self._max_retries)
        other.caller = caller
        other.plan_step = self.plan_step
        return other

    def plan(self, action: str, inputs: Mapping[str, Any], connection: Mapping[str, Any]) -> Request:
        """The request that an action would send: no socket is opened.

        :param action: the action's name.
        :param inputs: its parameters by name, as JSON values.
        :param connection: region, credentials and server addresses, as ``connector.yaml`` describes them.
        :returns: a request with ``method``, ``url``, ``headers``, ``body`` (a JSON value) and ``warnings``.
        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: naming place, rule and cure.
        """
        return self.caller.plan(action, inputs, connection)

    def run(
        self,
        action: str,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        *,
        raise_errors: bool = True,
        on_wait: OnWait | None = None,
    ) -> Result:
        """Call an action and wait for its outcome, retries included.

        :param action: the action's name.
        :param inputs: its parameters by name, as JSON values.
        :param connection: region, credentials and server addresses.
        :param raise_errors: ``False`` turns the exceptions below into a ``Result`` too.
        :param on_wait: called with a ``Pause`` before each wait between tries.
        :returns: a result; ``ok`` is false for whatever the service or the network did, and nothing is raised for it.
        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: for what the caller did wrong;
            nothing was sent then.
        """
        try:
            return self.caller.run(action, inputs, connection, on_wait)
        except ConnectorError as error:
            if raise_errors:
                raise
            from .result import as_result

            return as_result(action, error)

    def iterate(
        self,
        action: str,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        *,
        max_items: int | None = None,
        on_page: Callable[[Page], None] | None = None,
        on_wait: OnWait | None = None,
    ) -> Iterator[Any]:
        """Every entry of an action's list, page after page, each page read when it is needed.

        :param max_items: stop after so many entries.
        :param on_page: called with each ``Page`` before its entries, for progress.
        :raises InputError: when the action does not return a list with pages; and as ``run``.
        :raises CallFailed: when a page cannot be had, or a cursor comes back.
        """
        from .call.paging import pages

        left = max_items
        for page in pages(
            self.specs.action(action), inputs, lambda values: self.caller.run(action, values, connection, on_wait)
        ):
            if on_page is not None:
                on_page(page)
            yield from page.items if left is None else page.items[:left]
            if left is not None and (left := left - len(page.items)) <= 0:
                return

    def options(
        self,
        action: str,
        parameter: str,
        connection: Mapping[str, Any],
        *,
        inputs: Mapping[str, Any] | None = None,
        search: str | None = None,
        cursor: Any = None,
    ) -> Options:
        """The entries of a parameter's dropdown: values with labels, in parts.

        :param parameter: dotted name of the parameter.
        :param inputs: what is filled in so far; dependent dropdowns need it.
        :param search: only entries that hold this text.
        :param cursor: ``next`` of the part before.
        :raises InputError: when the parameter has no dropdown, or what it depends on is not filled in.
        :raises CallFailed: when the list cannot be had.
        """
        from .call.dropdown import options

        return options(
            self.specs.action(action), parameter, inputs or {}, self.specs.action,
            lambda name, values: self.caller.run(name, values, connection), search, cursor,
        )  # fmt: skip

    def test_connection(self, connection: Mapping[str, Any]) -> ConnectionReport:
        """What can be verified of a connection, and what cannot.

        :returns: a report with one verdict (``verified``, ``failed``, ``unverifiable``, ``not_given``) a credential.
        :raises ConnectionConfigError: when the mapping itself is wrong.
        """
        from .call.connection_check import run_tests

        return run_tests(self.caller.serving(connection), connection)

    def catalog(self, name: str) -> Catalog:
        """The catalogue of a platform, which lists and calls the same actions by that platform's names.

        :param name: the platform, as a file of ``catalogs/`` is named.
        :returns: an object with ``listing()``, ``run(name, inputs, connection)`` and ``plan(...)``.
        :raises InputError: when no platform has that name.
        :raises SpecError: when its profile breaks the language.
        """
        from .platforms import Catalog

        return Catalog(self.specs, lambda: self.caller, name)

    def bulk(
        self,
        source: str | os.PathLike[str] | Iterable[Mapping[str, Any]] | ArrowStream,
        connection: Mapping[str, Any],
        *,
        action: str | None = None,
        mapping: str | os.PathLike[str] | Mapping[str, Any] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
        **options: Any,
    ) -> BulkResult:
        """Deliver every event of a source, or say which were not and why.

        :param source: a file (JSON lines, CSV, Parquet; packed or not), a folder of files, ``-`` for standard input,
            events as mappings, or a table: a frame of pandas or polars, an Arrow table, whatever has Arrow's stream.
        :param connection: region, credentials and server addresses.
        :param action: what each row is a call of; ``None`` where events name their own.
        :param mapping: a template tree over ``row`` that makes the action's inputs, or the YAML file that holds one.
        :param on_progress: called about ten times a second, with a ``Progress``.
        :param stop: set it to end early: what is under way is finished and remembered.
        :param options: as ``BulkOptions`` has them: ``workers``, ``connections``, ``dry_run``, ``checkpoint`` ...
        :returns: a result with ``ok``, ``tally`` and the names of reject file and checkpoint; whatever the service, the
            network or the source did is told by it, and nothing is raised.
        :raises InputError, ConnectionConfigError, UnknownActionError, SpecError: naming place, rule and cure; nothing
            was sent.
        """
        from .bulk.run import bulk, options_from

        options.setdefault("max_retries", self._max_retries)
        caller = self.caller.serving(connection)
        return bulk(caller, source, connection, options_from(options), action, mapping, on_progress, stop)

    @property
    def triggers(self) -> Mapping[str, Trigger]:
        """Every trigger by name, each read when it is first looked at."""
        return self.trigger_runner.triggers

    @cached_property
    def trigger_runner(self) -> TriggerRunner:
        """What the methods below use, made on first use."""
        from .language.trigger_files import Triggers
        from .triggers.trigger_runner import TriggerRunner

        return TriggerRunner(self.caller, Triggers(self.specs))

    def subscribe(
        self,
        trigger: str,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        url: str,
        *,
        name: str | None = None,
        on_change: Callable[[Subscription], None] | None = None,
    ) -> Subscription:
        """Have the service call a URL whenever a trigger's event happens.

        :param trigger: the trigger's name, one of ``kind: webhook``.
        :param inputs: its parameters by name, as JSON values.
        :param connection: as for ``run``; it needs what the trigger's ``needs`` names.
        :param url: where the service is to send deliveries; hand each to ``receive``.
        :param name: a name for the subscription that is the same when this is repeated, so that nothing is made twice.
        :param on_change: told of the subscription after each step, to be written down: what a process that dies has
            made in the service can then be taken down.
        :returns: the subscription, to be kept by the host; it holds the secret that deliveries are verified with.
        :raises SetUpFailed: when the service refuses a step; what the steps before it made is taken down again.
        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: nothing was sent.
        """
        runner = self.trigger_runner
        return runner.set_up(runner.new_subscription(trigger, inputs, url, name), connection, on_change)

    def unsubscribe(self, subscription: Subscription, connection: Mapping[str, Any]) -> Subscription:
        """Take down what ``subscribe`` made in the service; it can be repeated.

        :raises CallFailed: when the service cannot be asked; call it again later.
        """
        return self.trigger_runner.take_down(subscription, connection)

    def receive(
        self, subscription: Subscription, headers: Mapping[str, str], raw: bytes, *, allow_unverified: bool = False
    ) -> Reception:
        """Verify a delivery and read its items; no I/O.

        :param subscription: as ``subscribe`` gave it.
        :param headers: of the request, and ``raw`` its body byte for byte as it came.
        :param allow_unverified: take items of which nothing proves where they come from, marked as such.
        :returns: the status to answer, the items to hand on, and what was refused, with the reason.
        """
        return self.trigger_runner.receive(subscription, headers, raw, allow_unverified=allow_unverified)

    def poll(
        self,
        trigger: str,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        state: Mapping[str, Any] | None = None,
    ) -> Polled:
        """What happened since the last poll of a trigger of ``kind: poll``.

        :param state: ``state`` of the last poll, which the host keeps once the items are safe; ``None`` at first.
        :returns: the items, oldest first, and the state for the next poll.
        :raises CallFailed: when the service cannot be asked; poll again later with the same state.
        :raises UnknownActionError, InputError, ConnectionConfigError, SpecError: for what the caller did wrong.
        """
        return self.trigger_runner.poll(trigger, inputs, connection, state)

    def sample(self, trigger: str) -> list[dict[str, Any]]:
        """Items of a trigger from its examples, as JSON values: what a builder shows before anything has happened.

        :raises UnknownActionError: when there is no such trigger.
        """
        return self.trigger_runner.sample(trigger)

    def investigate(
        self,
        name: str,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        *,
        most_requests: int | None = None,
        wait: float | None = None,
        on_wait: Callable[[float, Report], None] | None = None,
    ) -> Report:
        """Carry out an investigation: questions to reading actions, asked at once, and what their answers mean.

        :param name: the investigation, as a file of ``investigations/`` is named: ``trace`` ...
        :param inputs: its parameters by name, as JSON values.
        :param most_requests: at most so many requests, in place of what its file says.
        :param wait: seconds in which it is carried out again until it is settled, where that can happen.
        :param on_wait: called with the seconds and the report before each wait.
        :returns: a report with ``state``, ``verdict``, ``findings`` and ``branches``; what could not be asked is told
            in it.
        :raises InputError: when there is none of that name, or the inputs are wrong, or lead to nothing.
        :raises CallFailed: when what everything else needs cannot be asked.
        """
        return self.inquiry(name).settle(
            inputs, connection, lambda action, values: self.caller.run(action, values, connection), self.caller.clock,
            most_requests=most_requests, wait=wait, on_wait=on_wait,
        )  # fmt: skip

    def inquiry(self, name: str) -> Inquiry:
        """An investigation, made ready once for each edition of the specs.

        :raises InputError: when there is none of that name, with those that are near.
        :raises SpecError: when its file breaks the language.
        """
        from .investigations.inquiry import Inquiry
        from .language.investigation_records import read_investigation

        edition, known = self._inquiries.get(name, (None, None))
        if known is None or edition != self.specs.edition:
            known = Inquiry(read_investigation(self.specs.root, name), self.specs.action)
            self._inquiries[name] = (self.specs.edition, known)
        return known

    def check_confirms(self, action: str) -> Inquiry:
        """What can look for what an action does.

        :raises InputError: when nothing can.
        """
        api = self.specs.action(action).api
        for inquiry in map(self.inquiry, self.specs.investigations or ()):
            if inquiry.spec.confirms is not None and api in inquiry.spec.confirms.apis:
                return inquiry
        hint = "its answer says everything: leave out the confirmation"
        raise InputError.of("confirm", f"nothing can confirm what '{action}' does", hint, field="action")

    def confirm(
        self,
        result: Result,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        begun: str,
        *,
        wait: float | None = None,
        on_wait: Callable[[float, Report], None] | None = None,
    ) -> Report:
        """Look for what a call did, by what the service can tell of it.

        :param result: of the call, and ``inputs`` what was given for it.
        :param begun: the instant before the call, RFC 3339.
        :param wait: seconds in which it is looked for again until it is seen.
        :raises InputError: when nothing can look for what the API of the action does; and as ``investigate``.
        """
        inquiry, action = self.check_confirms(result.action), self.specs.action(result.action)
        known = {name: value for name, value in result.outputs.items() if name in action.parameters}
        asked = inquiry.confirming(action.name, {**inputs, **known}, begun)
        return self.investigate(inquiry.spec.name, asked, connection, wait=wait, on_wait=on_wait)

    def connection_from_environment(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """The connection that environment variables describe, by the names in ``connector.yaml``.

        :param environ: ``os.environ`` or a like mapping.
        """
        from .connection import from_environment

        return from_environment(self.spec, environ)
