"""Materialize the assets of ``dagster_assets`` and evaluate their sensor; the last line tells what came of it."""

import json

from dagster import DagsterInstance, build_sensor_context, materialize
from dagster_assets import definitions, on_new_source, order_events, resource, sources, wrong_event

from segment_connector import Connector


def main() -> None:
    """Run everything with an instance that keeps nothing."""
    told = {}
    with DagsterInstance.ephemeral() as instance:
        done = materialize([order_events, sources], instance=instance, resources={"segment": resource})
        events = {event.asset_key.path[0]: event for event in done.get_asset_materialization_events()}
        told["metadata"] = {
            name: {key: value.value for key, value in event.materialization.metadata.items()}
            for name, event in events.items()
        }
        told["sources"] = len(done.output_for_node("sources"))
        failed = materialize([wrong_event], instance=instance, resources={"segment": resource}, raise_on_error=False)
        (failure,) = failed.get_step_failure_events()
        told["wrong"] = failure.step_failure_data.user_failure_data.description
        told["cure"] = failure.step_failure_data.user_failure_data.metadata["cure"].value
        told["kinds"] = {
            name: [str(entry.dagster_event_type) for entry in instance.all_logs(run.run_id) if entry.is_dagster_event]
            for name, run in (("right", done), ("wrong", failed))
        }

        told["first_poll"] = _evaluated(instance, None)
        new = {"slug": "a-new-source", "enabled": True, "metadataId": "IqDTy1TpoU"}
        Connector.load().run("create_source", new, resource.process_config_and_initialize().connection()).unwrap()
        told["second_poll"] = _evaluated(instance, told["first_poll"]["cursor"])
    told["resource"] = repr(resource)
    print(json.dumps(told))


def _evaluated(instance: DagsterInstance, cursor: str | None) -> dict:
    context = build_sensor_context(
        instance=instance, cursor=cursor, definitions=definitions, resources={"segment": resource}
    )
    data = on_new_source.evaluate_tick(context)
    return {"keys": [one.run_key for one in data.run_requests], "cursor": data.cursor, "skipped": data.skip_message}


if __name__ == "__main__":
    main()
