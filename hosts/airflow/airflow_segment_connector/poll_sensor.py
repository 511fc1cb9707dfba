"""The sensor that waits until a trigger tells something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException

from segment_connector.hosts.host_inputs import members_as_meant
from segment_connector.values.json_values import copy_json

from .poll_trigger import SegmentPollTrigger
from .segment_hook import SegmentHook
from .task_faults import AsTheServiceAsks, SegmentUnavailable, told_to_airflow
from .typed_templates import KeepsTypes

if TYPE_CHECKING:
    from airflow.sdk import Context

_STATE = "poll"


class SegmentSensor(KeepsTypes, BaseSensorOperator):
    """Waits until a trigger of ``kind: poll`` tells something, and gives the items to the tasks that follow.

    What was seen is kept with the task, so that a sensor which is rescheduled, deferred or tried again begins where it
    was, and one that is cleared finds the same items, with the same ids, again.

    :param trigger: name of the trigger.
    :param inputs: its parameters by name.
    :param since: only what happened after this instant, RFC 3339, such as ``{{ data_interval_start }}``; without it,
        what happens after the first look.
    :param segment_conn_id: id of the connection.
    :param poke_interval: seconds between two looks; by default as the trigger says.
    :param deferrable: wait in the triggerer, without a worker; by default as ``[operators] default_deferrable`` says.
    :param specs: the folder of a connector's specs; by default those that come with segment-connector.
    """

    template_fields: Sequence[str] = ("trigger", "inputs", "since", "segment_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"inputs": "json"}
    ui_color = "#e3f5ec"

    def __init__(
        self,
        *,
        trigger: str,
        inputs: Mapping[str, Any] | None = None,
        since: str | None = None,
        segment_conn_id: str = SegmentHook.default_conn_name,
        poke_interval: timedelta | float | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        specs: str | None = None,
        **kwargs: Any,
    ) -> None:
        if poke_interval is not None:
            kwargs["poke_interval"] = poke_interval
        super().__init__(**kwargs)
        self.trigger = trigger
        self.inputs = inputs
        self.since = since
        self.segment_conn_id = segment_conn_id
        self.deferrable = deferrable
        self.specs = specs
        self._as_the_trigger_says = poke_interval is None
        if self.retry_policy is None:
            self.retry_policy = AsTheServiceAsks()

    def execute(self, context: Context) -> Any:
        """Look, and look again until there is something.

        :returns: the items, the oldest first, each with ``id``, ``at``, ``title`` and ``data``.
        """
        hook = self._hook()
        with told_to_airflow(self.trigger):
            spec = hook.get_conn().triggers[self.trigger]
            if self._as_the_trigger_says and spec.poll is not None:
                self.poke_interval = spec.poll.every
        if not self.deferrable:
            return super().execute(context)
        found = self.poke(context)
        return found.xcom_value if isinstance(found, PokeReturnValue) else self._defer(context)

    def poke(self, context: Context) -> PokeReturnValue | bool:
        """Look once."""
        hook, store = self._hook(), context["task_state_store"]
        with told_to_airflow(self.trigger):
            connector = hook.get_conn()
            inputs = members_as_meant(self.inputs or {}, connector.triggers[self.trigger].parameters)
            state: Any = store.get(_STATE)
            if state is None and self.since:
                state = connector.trigger_runner.state_since(self.trigger, copy_json(self.since))
            try:
                with told_to_airflow(self.trigger):
                    polled = connector.poll(self.trigger, inputs, hook.connection, state)
            except SegmentUnavailable as fault:
                self.log.warning("%s; looking again in %g s", fault, self.poke_interval)
                return False
        if polled.items:
            self.log.info("%s: %d items", self.trigger, len(polled.items))
            return PokeReturnValue(True, [hook.shown(item.to_dict()) for item in polled.items])
        store.set(_STATE, polled.state)
        return False

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:  # noqa: ARG002 - Airflow's form
        """What the triggerer found."""
        if (fault := event.get("fault")) is not None:
            raise AirflowFailException(fault)
        return event["items"]

    def _defer(self, context: Context) -> NoReturn:
        state: Any = context["task_state_store"].get(_STATE)
        waiting = SegmentPollTrigger(
            trigger=self.trigger, inputs=self.inputs or {}, segment_conn_id=self.segment_conn_id,
            state=state, every=self.poke_interval, specs=self.specs,
        )  # fmt: skip
        self.defer(trigger=waiting, method_name="execute_complete", timeout=timedelta(seconds=self.timeout))

    def _hook(self) -> SegmentHook:
        return SegmentHook(self.segment_conn_id, specs=self.specs)
