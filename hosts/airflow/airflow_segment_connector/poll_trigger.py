"""What waits in Airflow's triggerer, in place of a sensor that would hold a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException
from airflow.triggers.base import BaseTrigger, TriggerEvent

from segment_connector.hosts.host_inputs import members_as_meant

from .segment_hook import SegmentHook
from .task_faults import SegmentUnavailable, told_to_airflow

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from segment_connector.triggers.polling import Polled


class SegmentPollTrigger(BaseTrigger):
    """Polls a trigger until it tells something; fires with ``items``, or with ``fault`` in words.

    :param trigger: name of the trigger, and ``inputs`` its parameters.
    :param segment_conn_id: id of the connection; Airflow stores the id, never what is in it.
    :param state: what the last poll gave. A triggerer that is started again begins with it once more, and so misses
        nothing.
    :param every: seconds between two polls.
    :param specs: the folder of a connector's specs.
    """

    def __init__(
        self, trigger: str, inputs: Mapping[str, Any], segment_conn_id: str, state: Mapping[str, Any] | None,
        every: float, specs: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._given: dict[str, Any] = {
            "trigger": trigger, "inputs": inputs, "segment_conn_id": segment_conn_id, "state": state,
            "every": every, "specs": specs,
        }  # fmt: skip

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The name of this class, and what it is made of."""
        return f"{type(self).__module__}.{type(self).__qualname__}", self._given

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until there is something."""
        given, state = self._given, self._given["state"]
        stored = await SegmentHook.aget_connection(given["segment_conn_id"])
        while True:
            await asyncio.sleep(given["every"])
            try:
                polled, items = await asyncio.to_thread(self._poll, stored, state)
            except AirflowFailException as fault:
                yield TriggerEvent({"fault": str(fault)})
                return
            except SegmentUnavailable as fault:
                self.log.warning("%s; looking again in %g s", fault, given["every"])
                continue
            if items:
                yield TriggerEvent({"items": items})
                return
            state = polled.state

    def _poll(self, stored: Connection, state: Mapping[str, Any] | None) -> tuple[Polled, list[dict[str, Any]]]:
        trigger = self._given["trigger"]
        hook = SegmentHook(self._given["segment_conn_id"], specs=self._given["specs"])
        with told_to_airflow(trigger):
            hook.connection = hook.read(stored)
            connector = hook.get_conn()
            inputs = members_as_meant(self._given["inputs"], connector.triggers[trigger].parameters)
            polled = connector.poll(trigger, inputs, hook.connection, state)
            return polled, [hook.shown(item.to_dict()) for item in polled.items]
