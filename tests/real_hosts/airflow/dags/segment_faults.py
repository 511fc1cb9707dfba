"""What goes wrong, and what is unusual: each task stands for itself, so that all of them run."""

import os
from datetime import datetime, timedelta, timezone

from airflow.sdk import DAG, task
from airflow_segment_connector import SegmentBulkOperator, SegmentHook, SegmentOperator, SegmentSensor

TOLD = {"event": "Order Completed", "userId": "u-1"}

with DAG(
    "segment_faults",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    schedule=None,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=0)},
):
    SegmentOperator(task_id="wrong", action="track", inputs={**TOLD, "event": 5})
    SegmentOperator(task_id="unknown", action="trak", inputs=TOLD)
    SegmentOperator(task_id="lost_answer", action="screen", inputs={"userId": "u-lost"}, max_retries=0)
    SegmentOperator(task_id="slowed_down", action="identify", inputs={"userId": "u-slow"}, max_retries=0)
    SegmentOperator(task_id="old_connection", action="page", inputs={"userId": "u-old"}, segment_conn_id="old")
    SegmentOperator(task_id="odd_connection", action="page", inputs={"userId": "u-odd"}, segment_conn_id="odd")
    SegmentOperator(task_id="new_action", action="wave", inputs={"userId": "u-wave"}, specs=os.environ["MORE_SPECS"])
    SegmentOperator(
        task_id="templates",
        action="track",
        inputs={
            "event": "Typed",
            "userId": "{{ '00123' }}",
            "anonymousId": "",
            "timestamp": "{{ macros.datetime(2026, 1, 31, 12).isoformat() }}Z",
            "properties": {"total": "{{ 7.5 }}", "text": "no {{ 7 }}", "none": "{{ dag_run.conf.get('x') }}"},
            "context": '{"ip": "8.8.8.8"}',
        },
    )
    SegmentBulkOperator(
        task_id="too_many_rejects",
        source=os.environ["ORDERS"],
        action="track",
        mapping={"event": "Bulk", "userId": "{{ row.customer }}", "properties": {"total": "{{ row.total | number }}"}},
    )
    waits = SegmentSensor(task_id="waits", trigger="new_source", poke_interval=0.5, timeout=60, deferrable=True)
    waits >> SegmentOperator(
        task_id="told",
        action="page",
        inputs={
            "userId": "u-told",
            "properties": {"titles": "{{ ti.xcom_pull('waits') | map(attribute='title') | list }}"},
        },
    )

    @task
    def by_hook() -> int:
        return len(list(SegmentHook().iterate("list_sources", {"pagination": {"count": 1}}, max_items=2)))

    by_hook()
