"""The resource: the fields of a connection as ``connector.yaml`` describes them, and the calls made with it."""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from dagster import ConfigurableResource, MetadataValue
from pydantic import ConfigDict, Field, create_model

from segment_connector.hosts.flat_connection import connection_from_flat, flat_fields
from segment_connector.hosts.task_run import TaskRun, shared_connector
from segment_connector.triggers.polling import Polled

from .step_faults import told_to_dagster

_SPEC = shared_connector().spec
_MOST_IDS = 20  # ids of events that a materialization shows


@dataclass(frozen=True)
class _Try:
    """One try of a step: its calls, and the ids of the events that each action sent."""

    task_run: TaskRun
    ids: dict[str, list[str]] = field(default_factory=dict)


_TRIES: weakref.WeakKeyDictionary[Any, _Try] = weakref.WeakKeyDictionary()


class _Calls:
    """What the resource adds to its fields. ``context`` is that of the op or asset that calls."""

    # Pydantic's own messages would show what was given, secrets included; a mistyped name would count for nothing.
    model_config: ClassVar[ConfigDict] = ConfigDict(hide_input_in_errors=True, extra="forbid")

    max_retries: int | None

    def connection(self) -> dict[str, Any]:
        """The connection, with its secrets: for ``Connector``, and for nobody to see."""
        return connection_from_flat(_SPEC, {one.name: getattr(self, one.name) for one in flat_fields(_SPEC)})

    def run(self, context: Any, action: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Call an action, and give its outputs; the ids of events and what is doubtful are metadata of the output.

        :param action: its name, and ``inputs`` its parameters by name.
        :raises RetryRequested: for a fault that may pass; the next try sends the same events.
        :raises Failure: for another one, with place, rule and cure; nothing tries it again.
        """

        def tell_wait(pause: Any) -> None:
            context.log.info("%s waits %.0f s and tries again: %s", action, pause.seconds, pause.reason)

        with told_to_dagster(context):
            result = self._try(context).task_run.run(action, inputs, on_wait=tell_wait)
        for warning in result.meta.warnings:
            context.log.warning("%s: %s (%s)", action, warning.said, warning.hint)
        if result.meta.message_ids:
            ids = self._try(context).ids.setdefault(action, [])
            ids.extend(result.meta.message_ids)
            _tell(context, {f"{action}/message_ids": MetadataValue.json(ids[:_MOST_IDS]), f"{action}/events": len(ids)})
        return result.outputs

    def read_list(
        self, context: Any, action: str, inputs: Mapping[str, Any], *, max_items: int | None = None
    ) -> list[Any]:
        """The entries of an action's list over all of its pages.

        :param max_items: so many at most; the others, and what is raised, as for ``run``.
        """
        pages = 0

        def tell_page(page: Any) -> None:
            nonlocal pages
            pages += 1
            context.log.debug("%s: page %d has %d entries", action, pages, len(page.items))

        with told_to_dagster(context):
            found = self._try(context).task_run.read_all(action, inputs, max_items=max_items, on_page=tell_page)
        _tell(context, {f"{action}/entries": len(found), f"{action}/pages": pages})
        return found

    def bulk(self, context: Any, source: Any, **options: Any) -> dict[str, Any]:
        """Deliver every event of a source; see ``Connector.bulk``. What was counted is metadata of the output.

        :raises RetryRequested, Failure: as ``run``; records that were rejected are no failure, and are counted.
        """
        with told_to_dagster(context):
            told = self._try(context).task_run.bulk(source, **options).to_dict()
        names = ("accepted", "rejected", "skipped", "events_per_second", "rejects")
        _tell(context, {f"bulk/{name}": told[name] for name in names if told[name] is not None})
        if told["rejected"]:
            context.log.warning("%d records were rejected: %s", told["rejected"], json.dumps(told["reasons"]))
        return told

    def poll(self, trigger: str, inputs: Mapping[str, Any], state: Mapping[str, Any] | None) -> Polled:
        """What happened since the last poll of a trigger; see ``Connector.poll``."""
        return shared_connector(None, self.max_retries).poll(trigger, inputs, self.connection(), state)

    def _try(self, context: Any) -> _Try:
        # Each try has a context of its own, and all calls of a try are of one task.
        step = context.op_execution_context
        if step not in _TRIES:
            run = context.run
            task_id = "/".join(("dagster", run.root_run_id or run.run_id, str(step.op_handle), _mapping_key(step)))
            connector = shared_connector(None, self.max_retries)
            _TRIES[step] = _Try(TaskRun(connector, self.connection(), task_id))
        return _TRIES[step]


def _mapping_key(step: Any) -> str:
    """What tells the copies of a dynamic step apart."""
    return step.get_mapping_key() or ""


def _tell(context: Any, metadata: Mapping[str, Any]) -> None:
    """Add to the metadata of a step's output; one with several outputs has no place for it but the log."""
    if len(context.op_execution_context.op_def.output_defs) == 1:
        context.op_execution_context.add_output_metadata(dict(metadata))
    else:
        shown = {name: getattr(value, "value", value) for name, value in metadata.items()}
        context.log.info(json.dumps(shown, default=str))


def _made() -> Any:
    fields: dict[str, Any] = {
        one.name: (
            one.kind | None,
            Field(default=None, description=f"{one.title}. {one.description}", repr=not one.secret),
        )
        for one in flat_fields(_SPEC)
    }
    tries = "Tries that the connector itself adds to the first; by default as its specs say."
    fields["max_retries"] = (int | None, Field(default=None, description=tries))
    return create_model("ConnectorResource", __base__=(_Calls, ConfigurableResource), __module__=__name__, **fields)


ConnectorResource: Any = _made()
"""The resource: ``ConnectorResource(write_key=EnvVar("..."))``, with the fields of a connection in snake_case."""
