"""Airflow itself: its commands list the provider, test a connection and run DAGs against the sandbox.

All commands run once, in one process, since Airflow takes seconds to start; each test looks at a part of the outcome.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from guides import ROOT

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

HERE = Path(__file__).parent
ORDERS = "customer,total\nu-1,14.99\nu-2,7.50\nu-3,oops\n"
PER_TASK = re.compile(r"\[DAG TEST\] starting task_id=(\w+) map_index=(-?\d+)")


@dataclass
class Ran:
    """What came of the commands: what each said and its exit code, and what arrived in the sandbox.

    What each said is also left beside Airflow's own files, to be read when a test fails.
    """

    said: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    home: Path = Path()

    def tries(self, command: str, task: str) -> list[str]:
        """What each try of a task wrote, its mapped instances being tries too."""
        parts = PER_TASK.split(self.said[command])
        return [text for name, text in zip(parts[1::3], parts[3::3], strict=True) if name == task]

    def of(self, user: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["body"].get("userId") == user]


@pytest.fixture(scope="module")
def ran(host_python: str, tmp_path_factory: pytest.TempPathFactory, specs: Specs) -> Iterator[Ran]:
    home = tmp_path_factory.mktemp("airflow")
    folder = home / "dags"
    shutil.copytree(HERE / "dags", folder)
    shutil.copy(ROOT / "examples" / "hosts" / "airflow" / "segment_orders.py", folder)
    for name in ("orders.csv", "rejects.csv"):
        (home / name).write_text(ORDERS, encoding="utf-8")
    with Sandbox(specs) as sandbox:
        commands = {
            "migrate": ["db", "migrate"],
            "list": ["providers", "list", "--output", "json"],
            "hooks": ["providers", "hooks", "--output", "json"],
            "test": ["connections", "test", "segment_default"],
            "faults": ["dags", "test", "segment_faults", "--conf", '{"x": null}'],
            "orders": ["dags", "test", "segment_orders", "--conf", json.dumps(
                {"user": "u-order", "total": 14.99, "file": str(home / "orders.csv"), "since": "2026-01-01T00:00:00Z"}
            )],
        }  # fmt: skip
        yield run_all(commands, host_python, home, sandbox, Connector(specs))


def run_all(commands: dict[str, list[str]], python: str, home: Path, sandbox: Sandbox, connector: Connector) -> Ran:
    connection = sandbox.connection
    flat = {"write_key": connection["writeKey"], "extra__segment__servers.tracking": sandbox.servers["tracking"]}
    stored = {"segment_default": connection, "old": flat, "odd": {}}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "COV", "PYTEST"))},
        **{f"AIRFLOW_CONN_{name.upper()}": json.dumps({"conn_type": "segment", "extra": extra})
           for name, extra in stored.items()},
        "AIRFLOW_CONN_ODD": json.dumps({"conn_type": "segment", "password": "pass-word-1"}),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "MORE_SPECS": str(more_specs(home / "specs")),
        "ORDERS": str(home / "rejects.csv"),
        "COLUMNS": "400",
    }  # fmt: skip
    sandbox.fault(status=503, deliver=True, path="/v1/screen")
    sandbox.fault(status=429, retryAfter=1, path="/v1/identify")
    found = Ran(home=home, secrets=[value for name, value in connection.items() if name.endswith(("Key", "Token"))])
    text = [str(Path(python).with_name("python")), str(HERE / "commands.py"), json.dumps(commands)]
    lines: list[str] = []
    with subprocess.Popen(
        text, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=home
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith('{"ended"'):
                ended = json.loads(line)
                found.said[ended["ended"]] = "".join(lines)
                found.codes[ended["ended"]] = ended["code"]
                (home / f"{ended['ended']}.txt").write_text("".join(lines), encoding="utf-8")
                lines = []
                continue
            lines.append(line)
            if "running trigger in line" in line:  # the sensor has looked once, and waits
                made = {"slug": "shop", "enabled": True, "metadataId": "IqDTy1TpoU"}
                assert connector.run("create_source", made, connection).ok
    assert process.returncode == 0, "".join(lines)
    found.events = sandbox.events()
    return found


def more_specs(folder: Path) -> Path:
    """The connector's specs with one action more."""
    for name in ("actions", "schemas", "presets", "servers", "triggers", "catalogs"):
        shutil.copytree(ROOT / name, folder / name)
    for path in ROOT.glob("*.yaml"):
        shutil.copy(path, folder)
    page = (ROOT / "actions" / "tracking" / "page.yaml").read_text(encoding="utf-8")
    (folder / "actions" / "tracking" / "wave.yaml").write_text(page.replace("name: page", "name: wave", 1), "utf-8")
    return folder


def rows(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(next(line for line in text.splitlines() if line.startswith("[{")))
    return found


def test_airflow_lists_the_provider_and_its_hook(ran: Ran) -> None:
    assert "airflow-provider-segment-connector" in [row["package_name"] for row in rows(ran.said["list"])]
    (hook,) = [row for row in rows(ran.said["hooks"]) if row["connection_type"] == "segment"]
    assert (hook["class"], hook["conn_id_attribute_name"]) == (
        "airflow_segment_connector.segment_hook.SegmentHook", "segment_conn_id",
    )  # fmt: skip
    assert "warning" not in ran.said["hooks"].replace("py.warnings", "")


def test_a_connection_is_tested_and_nothing_is_promised_of_it(ran: Ran) -> None:
    assert ran.codes["test"] == 0
    assert "Connection success" in ran.said["test"]


def test_the_example_runs_with_xcoms_pages_mapped_tasks_a_file_and_a_sensor(ran: Ran) -> None:
    assert ran.codes["orders"] == 0, ran.said["orders"][-3000:]
    (told,) = [event["body"] for event in ran.of("u-order")]
    assert told["properties"] == {"revenue": 14.99, "coupon": None}
    assert told["messageId"]
    assert told["timestamp"]
    assert ran.said["orders"].count("list_sources: a page of 2 entries") == 2
    assert len(ran.tries("orders", "source")) == 3
    (report,) = [event["body"]["traits"] for event in ran.of("airflow")]
    assert (report["sources"], report["orders"]) == (3, 2)
    assert report["changes"]
    assert list(ran.home.glob("orders.csv.*.html"))


def test_what_is_wrong_fails_at_once_with_its_cure(ran: Ran) -> None:
    for task, said in {
        "wrong": "AirflowFailException: track: event: must be text, not a whole number 5",
        "unknown": "did you mean 'track'?",
        "odd_connection": "password: nothing reads this field of a connection (move it to extra",
        "too_many_rejects": "1 records were rejected, and 0 may be",
    }.items():
        tries = ran.tries("faults", task)
        assert len(tries) == 1, task
        assert said in tries[0], tries[0]


def test_a_lost_answer_is_tried_again_and_counted_once(ran: Ran) -> None:
    assert len(ran.tries("faults", "lost_answer")) == 2
    first, second = ran.of("u-lost")
    assert (first["status"], second["status"]) == ("accepted", "duplicate")
    assert first["body"]["messageId"] == second["body"]["messageId"]


def test_the_next_try_waits_as_the_service_asks(ran: Ran) -> None:
    first, _second = ran.tries("faults", "slowed_down")
    assert "the service asked to wait 1 s" in first
    assert [event["status"] for event in ran.of("u-slow")] == ["accepted"]


def test_templates_keep_types_and_text_is_read_as_the_action_means_it(ran: Ran) -> None:
    (event,) = ran.of("00123")
    body = event["body"]
    assert body["properties"] == {"total": 7.5, "text": "no 7", "none": None}
    assert body["context"]["ip"] == "8.8.8.8"
    assert body["timestamp"].startswith("2026-01-31")
    assert "anonymousId" not in body


def test_connections_of_the_former_provider_and_actions_of_ones_own_are_taken(ran: Ran) -> None:
    assert [event["status"] for event in ran.of("u-old")] == ["accepted"]
    assert [event["status"] for event in ran.of("u-wave")] == ["accepted"]


def test_a_sensor_waits_in_the_triggerer_until_something_happens(ran: Ran) -> None:
    assert "Pausing task as DEFERRED" in ran.said["faults"]
    (told,) = [event["body"] for event in ran.of("u-told")]
    assert [title for title in told["properties"]["titles"] if "shop" in title.lower()]


def test_no_secret_is_told(ran: Ran) -> None:
    for name, said in ran.said.items():
        for secret in [*ran.secrets, "pass-word-1"]:
            assert secret not in said, name
