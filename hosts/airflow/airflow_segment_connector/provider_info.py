"""What Airflow is told of this provider, by the entry point ``apache_airflow_provider``."""

from __future__ import annotations

from typing import Any

from segment_connector.language.specs import Specs

from .connection_form import form_fields

_PACKAGE = "airflow_segment_connector"
_INTEGRATION = "Segment"
CONNECTION_TYPE = "segment"


def get_provider_info() -> dict[str, Any]:
    """The description in the form of Airflow's ``provider_info.schema.json``."""
    spec = Specs().connector

    def modules(*names: str) -> list[dict[str, Any]]:
        return [{"integration-name": _INTEGRATION, "python-modules": [f"{_PACKAGE}.{name}" for name in names]}]

    return {
        "package-name": "airflow-provider-segment-connector",
        "name": _INTEGRATION,
        "description": spec.summary,
        "integrations": [
            {"integration-name": _INTEGRATION, "external-doc-url": spec.docs, "tags": ["service"]},
        ],
        "operators": modules("action_operator", "bulk_operator"),
        "sensors": modules("poll_sensor"),
        "hooks": modules("segment_hook"),
        "triggers": modules("poll_trigger"),
        "connection-types": [
            {
                "connection-type": CONNECTION_TYPE,
                "hook-class-name": f"{_PACKAGE}.segment_hook.SegmentHook",
                "hook-name": _INTEGRATION,
                **form_fields(spec, CONNECTION_TYPE),
            },
        ],
        "extra-links": [f"{_PACKAGE}.action_operator.ActionPage"],
    }
