"""Segment for Apache Airflow: every action, bulk delivery and sensors, on top of segment-connector."""

from __future__ import annotations

from .action_operator import SegmentOperator
from .bulk_operator import SegmentBulkOperator
from .poll_sensor import SegmentSensor
from .segment_hook import SegmentHook
from .task_faults import SegmentUnavailable

__all__ = ["SegmentBulkOperator", "SegmentHook", "SegmentOperator", "SegmentSensor", "SegmentUnavailable"]
