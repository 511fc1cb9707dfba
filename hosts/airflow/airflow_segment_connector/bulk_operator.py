"""The operator that delivers files of events."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from segment_connector.bulk.read.database_url import is_database, shown_url
from segment_connector.bulk.report.report import report_page

from .action_operator import task_key
from .segment_hook import SegmentHook
from .task_faults import AsTheServiceAsks, SegmentUnavailable, told_to_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context

    from segment_connector.bulk.tally import BulkResult, Progress

_EVERY = 10.0  # seconds between two lines of progress


class SegmentBulkOperator(BaseOperator):
    """Delivers every event of a file or folder, or says which were not and why.

    What was accepted is remembered in a checkpoint of the task's own, so that another try, or the task when it was
    cleared, goes on where the last one ended. Airflow does not render the mapping: its ``{{ row... }}`` are the
    connector's.

    :param source: a file (JSON, CSV, Parquet, Excel ..., packed or not), a folder of files, or the URL of a database,
        as the workers see it.
    :param action: what each row is a call of; ``None`` where events or the mapping name their own.
    :param mapping: a template tree over ``row`` that makes the action's inputs, or the path of a YAML file that holds
        one.
    :param max_rejects: how many records may be refused before the task fails; what is right was delivered all the same.
    :param state_folder: where checkpoint, reject file and report are put, by default beside the source; it has to be
        one that every worker reaches.
    :param report: write a page with charts.
    :param options: what else ``Connector.bulk`` takes: ``workers``, ``connections``, ``format`` ...
    :param segment_conn_id: id of the connection.
    :param specs: the folder of a connector's specs; by default those that come with segment-connector.
    """

    template_fields: Sequence[str] = ("source", "action", "state_folder", "segment_conn_id")
    ui_color = "#e3f5ec"

    def __init__(
        self,
        *,
        source: str,
        action: str | None = None,
        mapping: Mapping[str, Any] | str | None = None,
        max_rejects: int = 0,
        state_folder: str | None = None,
        report: bool = False,
        options: Mapping[str, Any] | None = None,
        segment_conn_id: str = SegmentHook.default_conn_name,
        specs: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.action = action
        self.mapping = mapping
        self.max_rejects = max_rejects
        self.state_folder = state_folder
        self.report = report
        self.options = options
        self.segment_conn_id = segment_conn_id
        self.specs = specs
        self._stop = threading.Event()
        if self.retry_policy is None:
            self.retry_policy = AsTheServiceAsks()

    def execute(self, context: Context) -> dict[str, Any]:
        """Deliver it.

        :returns: the sums, the files that were written, and what was rejected by reason.
        """
        hook = SegmentHook(self.segment_conn_id, specs=self.specs)
        beside = self._beside(task_key(context))
        files = {"checkpoint": f"{beside}.checkpoint", "rejects": f"{beside}.rejects.jsonl"}
        with told_to_airflow(self.action or "bulk"):
            result = hook.get_conn().bulk(
                self.source, hook.connection, action=self.action, mapping=self.mapping,
                on_progress=_Told(self), stop=self._stop, **{**files, **(self.options or {})},
            )  # fmt: skip
        told = self._told(result)
        if self.report:
            told["report"] = f"{beside}.html"
            ended = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
            facts = {"Source": shown_url(self.source), "Task": task_key(context), "Ended": ended}
            Path(told["report"]).write_text(report_page(result, facts, result.reasons), encoding="utf-8")
        self._judge(result, told, context)
        return told

    def on_kill(self) -> None:
        """End early: what is under way is finished and remembered."""
        self._stop.set()

    def _beside(self, key: str) -> str:
        """The files of a task: each run has its own, and each try the same."""
        is_file = not is_database(self.source)
        folder = Path(self.state_folder or (Path(self.source).parent if is_file else "."))
        name = Path(self.source).name if is_file else "query"
        return str(folder / f"{name}.{hashlib.sha256(key.encode()).hexdigest()[:12]}")

    def _told(self, result: BulkResult) -> dict[str, Any]:
        for note in result.notes:
            self.log.info("%s", note)
        for doubt in result.doubts:
            self.log.warning("%s", doubt)
        for reason in result.reasons:
            self.log.warning("rejected %d: %s: %s (%s)", reason.count, reason.field, reason.message, reason.hint)
        told = result.to_dict()
        # A task that goes on tells of the records that its earlier tries rejected, too.
        told["rejected"] = max(result.tally.rejected, sum(reason.count for reason in result.reasons))
        return told

    def _judge(self, result: BulkResult, told: dict[str, Any], context: Context) -> None:
        """Fail the task where it has to; what was found can be read from its XComs all the same."""
        message = None
        if not result.ok:
            message = f"{result.code or result.outcome}: {result.message or 'stopped before the end of the source'}"
        elif told["rejected"] > self.max_rejects:
            message = (
                f"{told['rejected']:,} records were rejected, and {self.max_rejects:,} may be; they stand with reason "
                f"and cure in {result.rejects}. What is right was delivered: mend the others and deliver that file"
            )
        if message is None:
            return
        context["ti"].xcom_push("return_value", told)
        if result.outcome == "stopped" or result.retryable:
            raise SegmentUnavailable(f"{message} ({result.hint})", result.retry_after)
        raise AirflowFailException(f"{message} ({result.hint})" if result.hint else message)


class _Told:
    """Tells the progress of a run in the log of its task, now and then."""

    def __init__(self, operator: BaseOperator) -> None:
        self._log = operator.log
        self._next = time.monotonic() + _EVERY

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        tally = progress.tally
        share = f", {progress.done_bytes / progress.total_bytes:.0%}" if progress.total_bytes else ""
        held = f"; held back for {progress.waiting:.0f} s, as the service asks" if progress.waiting else ""
        self._log.info("%s read, %s accepted, %s rejected%s%s", f"{tally.read:,}", f"{tally.accepted:,}",
                       f"{tally.rejected:,}", share, held)  # fmt: skip
