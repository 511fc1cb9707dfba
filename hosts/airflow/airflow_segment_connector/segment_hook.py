"""The hook: a connection of Airflow, and the connector that calls with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook
from airflow.sdk.log import mask_secret

from segment_connector.errors import ConnectorError
from segment_connector.hosts.task_run import TaskRun, shared_connector
from segment_connector.redact import forms, redact, secrets_in

from .connection_form import STANDARD, connection_of
from .provider_info import CONNECTION_TYPE
from .task_faults import told_to_airflow

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from segment_connector import Connector


class SegmentHook(BaseHook):
    """Calls actions with a connection of Airflow.

    :param segment_conn_id: id of the connection.
    :param specs: the folder of a connector's specs; by default those that come with segment-connector.
    :param max_retries: tries after the first that a call makes before Airflow hears of it; by default as the specs say.
    """

    conn_name_attr = "segment_conn_id"
    default_conn_name = "segment_default"
    conn_type = CONNECTION_TYPE
    hook_name = "Segment"

    def __init__(
        self,
        segment_conn_id: str = default_conn_name,
        *,
        specs: str | None = None,
        max_retries: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.segment_conn_id = segment_conn_id
        self._connector = shared_connector(specs, max_retries)

    def get_conn(self) -> Connector:
        """The connector: all actions, triggers and bulk delivery; give it ``connection`` with each call."""
        return self._connector

    @cached_property
    def connection(self) -> dict[str, Any]:
        """The connection as the connector takes it. Its secrets are masked in logs from now on.

        :raises ConnectionConfigError: for a field that nothing reads.
        :raises AirflowNotFoundException: when Airflow has no connection of that id.
        """
        return self.read(self.get_connection(self.segment_conn_id))

    def read(self, stored: Connection) -> dict[str, Any]:
        """As ``connection``, of a connection that Airflow gave."""
        standard = {name: getattr(stored, name) for name in STANDARD}
        found = connection_of(self._connector.spec, stored.extra_dejson, standard)
        for spelling in forms(self._secrets(found)):
            mask_secret(spelling)
        return found

    def task_run(self, task_id: str | None = None) -> TaskRun:
        """What calls actions for one try of a task.

        :param task_id: what the ids of events are made of: the same for every try of a task; ``None`` leaves them to
            chance, so that another try counts again.
        """
        return TaskRun(self._connector, self.connection, task_id)

    def run(self, action: str, inputs: Mapping[str, Any], *, task_id: str | None = None) -> dict[str, Any]:
        """Call an action, for tasks that are Python functions.

        :param inputs: its parameters by name, as JSON values.
        :param task_id: as for ``task_run``.
        :returns: its outputs.
        :raises AirflowFailException: when another try cannot succeed.
        :raises SegmentUnavailable: when it may.
        """
        with told_to_airflow(action):
            outputs: dict[str, Any] = self.shown(self.task_run(task_id).run(action, inputs).outputs)
        return outputs

    def iterate(self, action: str, inputs: Mapping[str, Any], *, max_items: int | None = None) -> Iterator[Any]:
        """The entries of an action's list, each page read when it is needed; raises as ``run``."""
        with told_to_airflow(action):
            for entry in self._connector.iterate(action, inputs, self.connection, max_items=max_items):
                yield self.shown(entry)

    def shown(self, value: Any) -> Any:
        """A value that may be stored: without the connection's own secrets, which a service may list."""
        return redact(value, self._secrets(self.connection))

    def test_connection(self) -> tuple[bool, str]:
        """What can be verified of the connection, for the button *Test* of Airflow.

        :returns: whether nothing failed, and what each check says, in words.
        """
        try:
            report = self._connector.test_connection(self.connection)
        except ConnectorError as error:
            return False, str(error)
        told = [check for check in report.checks if check.verdict != "not_given"] or report.checks
        return report.ok, "\n".join(
            f"{check.title}: {check.verdict.replace('_', ' ')}. {check.message}{f' {check.hint}' if check.hint else ''}"
            for check in told
        )

    def _secrets(self, connection: Mapping[str, Any]) -> set[str]:
        return secrets_in(self._connector.spec.connection.schema, connection)
