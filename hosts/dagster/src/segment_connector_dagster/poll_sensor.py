"""Sensors on polled triggers: what happened at the service starts runs, each thing one run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from dagster import RunRequest, SensorDefinition, SensorEvaluationContext, SensorResult, SkipReason, sensor

from segment_connector.errors import ConnectorError
from segment_connector.hosts.task_run import shared_connector
from segment_connector.triggers.items import Item


def poll_sensor(
    trigger: str,
    inputs: Mapping[str, Any],
    *,
    resource: str,
    run_config: Callable[[Item], Any] | None = None,
    name: str | None = None,
    minimum_interval_seconds: int | None = None,
    **options: Any,
) -> SensorDefinition:
    """A sensor that asks a trigger of ``kind: poll`` what is new, and requests a run for each item.

    The cursor is the trigger's state, which Dagster keeps together with the requests; an item's id is the run's key, so
    that it starts one run, however often it is told.

    :param trigger: the trigger's name, and ``inputs`` its parameters by name.
    :param resource: the key under which a ``ConnectorResource`` is among the definitions.
    :param run_config: makes the run's configuration of an item; by default there is none, and the item's title, instant
        and data are tags of the run.
    :param minimum_interval_seconds: by default as the trigger's file says.
    :param options: the other arguments of ``dagster.sensor``: ``job``, ``asset_selection``, ``default_status`` ...
    :raises UnknownActionError: when there is no such trigger.
    """
    known = shared_connector().triggers[trigger]
    every = known.poll.every if known.poll is not None else 300.0

    @sensor(
        name=name or trigger,
        minimum_interval_seconds=minimum_interval_seconds or int(every),
        required_resource_keys={resource},
        description=known.summary,
        **options,
    )
    def asks(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        state = json.loads(context.cursor) if context.cursor else None
        try:
            polled = getattr(context.resources, resource).poll(trigger, inputs, state)
        except ConnectorError as error:
            return SkipReason(str(error))  # the cursor stays, so the next evaluation asks for the same
        requests = [
            RunRequest(run_key=item.id, run_config=run_config(item) if run_config else None, tags=_tags(item))
            for item in polled.items
        ]
        return SensorResult(run_requests=requests, cursor=json.dumps(polled.state))

    return asks


def _tags(item: Item) -> dict[str, str]:
    told = {"trigger": item.trigger, "title": item.title, "at": item.at, "data": json.dumps(item.data)}
    return {f"segment-connector/{name}": value for name, value in told.items() if value}
