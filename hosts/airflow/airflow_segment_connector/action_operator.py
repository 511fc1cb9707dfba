"""The operator that calls an action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator, BaseOperatorLink

from segment_connector.errors import ConnectorError
from segment_connector.hosts.host_inputs import read_host_inputs
from segment_connector.hosts.task_run import shared_connector

from .segment_hook import SegmentHook
from .task_faults import AsTheServiceAsks, told_to_airflow
from .typed_templates import KeepsTypes

if TYPE_CHECKING:
    from airflow.sdk import Context

    from segment_connector.call.paging import Page
    from segment_connector.http.attempts import Pause
    from segment_connector.result import Result


class ActionPage(BaseOperatorLink):
    """The button of a task that leads to what the service says of its action."""

    name = "Documentation"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 - as Airflow calls it
        """The address, or empty text where there is none."""
        try:
            action = shared_connector(operator.specs).specs.action(operator.action)  # type: ignore[attr-defined] # ours
        except ConnectorError:
            return ""
        return action.docs or ""


class SegmentOperator(KeepsTypes, BaseOperator):
    """Calls an action, and gives its outputs to the tasks that follow.

    A lone ``{{ expression }}`` in the inputs keeps its type. Text is taken for numbers, objects and the like where the
    action wants one of these and the meaning is plain; empty text stands for what is not given.

    Wrong inputs, a wrong connection and what the service refuses fail the task at once; when the service or the network
    is not able to, the task is tried again as its ``retries`` say, after the time that the service asked for. Ids that
    events lack are made of DAG, run, task, map index and inputs, so that another try, or a clear of the task, counts
    nothing twice.

    :param action: name of the action.
    :param inputs: its parameters by name.
    :param segment_conn_id: id of the connection.
    :param all_pages: for actions that give a list: return its entries over all pages, as a list to map tasks over.
    :param max_items: the same, with so many entries at most.
    :param specs: the folder of a connector's specs; by default those that come with segment-connector.
    :param max_retries: tries after the first that a call makes before Airflow hears of it; by default as the specs say.
    """

    template_fields: Sequence[str] = ("action", "inputs", "segment_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"inputs": "json"}
    operator_extra_links = (ActionPage(),)
    ui_color = "#e3f5ec"

    def __init__(
        self,
        *,
        action: str,
        inputs: Mapping[str, Any] | str | None = None,
        segment_conn_id: str = SegmentHook.default_conn_name,
        all_pages: bool = False,
        max_items: int | None = None,
        specs: str | None = None,
        max_retries: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.action = action
        self.inputs = inputs
        self.segment_conn_id = segment_conn_id
        self.all_pages = all_pages
        self.max_items = max_items
        self.specs = specs
        self.max_retries = max_retries
        if self.retry_policy is None:
            self.retry_policy = AsTheServiceAsks()

    def execute(self, context: Context) -> Any:
        """Call it.

        :returns: the outputs by name, or the entries where pages are followed.
        """
        hook = SegmentHook(self.segment_conn_id, specs=self.specs, max_retries=self.max_retries)
        with told_to_airflow(self.action):
            run = hook.task_run(task_key(context))
            inputs = _inputs_of(hook, self.action, self.inputs)
            if self.all_pages or self.max_items is not None:
                entries = run.read_all(self.action, inputs, max_items=self.max_items, on_page=self._tell_page)
                return hook.shown(entries)
            result = run.run(self.action, inputs, on_wait=self._tell_wait)
            self._tell(result)
            return hook.shown(result.outputs)

    def _tell(self, result: Result) -> None:
        meta = result.meta
        for warning in meta.warnings:
            self.log.warning("%s: %s", self.action, warning.said + (f" ({warning.hint})" if warning.hint else ""))
        tries = "try" if meta.attempts == 1 else "tries"
        ids = f", message ids: {', '.join(meta.message_ids[:10])}" if meta.message_ids else ""
        self.log.info("%s: %s, %s, %d %s%s", self.action, meta.delivery, meta.place, meta.attempts, tries, ids)

    def _tell_page(self, page: Page) -> None:
        self.log.info("%s: a page of %d entries", self.action, len(page.items))

    def _tell_wait(self, pause: Pause) -> None:
        asked = " as the service asks" if pause.directed else ""
        self.log.info("try %d: %s; waiting %.1f s%s", pause.attempt, pause.reason, pause.seconds, asked)


def task_key(context: Context) -> str:
    """What names a task of a run, in every try of it."""
    ti = context["ti"]
    return f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.map_index}"


def _inputs_of(hook: SegmentHook, action: str, given: Any) -> dict[str, Any]:
    specs = hook.get_conn().specs
    return read_host_inputs(specs.action(action), given, specs.action, empty_is_absent=True)
