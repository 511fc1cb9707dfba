"""A DAG of Airflow that uses each part of the provider once.

Run it with ``airflow dags test segment_orders --conf '{"total": 14.99, "file": "/data/orders.csv"}'``.
"""

from __future__ import annotations

from datetime import datetime, timezone

from airflow.sdk import DAG
from airflow_segment_connector import SegmentBulkOperator, SegmentOperator, SegmentSensor

with DAG(
    "segment_orders",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    schedule=None,
    default_args={"retries": 2},
):
    tell = SegmentOperator(
        task_id="tell",
        action="track",
        inputs={
            "event": "Order Completed",
            "userId": "{{ dag_run.conf.get('user', 'u-1') }}",
            "timestamp": "{{ dag_run.run_after }}",
            "properties": {"revenue": "{{ dag_run.conf.total }}", "coupon": "{{ dag_run.conf.get('coupon') }}"},
        },
    )
    sources = SegmentOperator(
        task_id="sources", action="list_sources", inputs={"pagination": {"count": "2"}}, max_items=3
    )
    labels = SegmentOperator.partial(task_id="source", action="get_source").expand(
        inputs=sources.output.map(lambda source: {"sourceId": source["id"]})
    )
    orders = SegmentBulkOperator(
        task_id="orders",
        source="{{ dag_run.conf.file }}",
        action="track",
        mapping={
            "event": "Order Completed",
            "userId": "{{ row.customer }}",
            "properties": {"revenue": "{{ row.total | number }}"},
        },
        max_rejects=1,
        report=True,
    )
    changed = SegmentSensor(
        task_id="changed",
        trigger="workspace_changed",
        since="{{ dag_run.conf.since }}",
        poke_interval=1,
        timeout=20,
        deferrable=True,
    )
    report = SegmentOperator(
        task_id="report",
        action="identify",
        inputs={
            "userId": "airflow",
            "traits": {
                "sources": "{{ ti.xcom_pull('sources') | length }}",
                "orders": "{{ ti.xcom_pull('orders').accepted }}",
                "changes": "{{ ti.xcom_pull('changed') | map(attribute='title') | list }}",
            },
        },
    )
    tell >> sources
    [labels, orders, changed] >> report
