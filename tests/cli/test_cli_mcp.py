"""``mcp --configuration``: what a client starts, from any folder, with no secret in it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

from cli_support import KEY, cli, command, environment

from segment_connector.language.specs import default_root


def server(*arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    said = cli("mcp", "--configuration", *arguments, env=env)
    assert (said.code, said.stderr) == (0, "")
    (configured,) = said.json["mcpServers"].values()
    return configured


def test_what_is_typed_is_what_a_client_starts():
    configured = server("--allow", "read", "--sandbox")
    assert configured["args"] == ["mcp", "--allow", "read", "--sandbox"]
    assert "env" not in configured
    assert Path(configured["command"]).name == "segment-connector"


def test_credentials_are_left_blank():
    configured = server(env={"SEGMENT_WRITE_KEY": KEY})
    assert configured["env"]["SEGMENT_WRITE_KEY"] == "..."
    assert configured["env"]["SEGMENT_REGION"] == "us"
    assert KEY not in json.dumps(configured)


def test_files_are_found_from_any_folder(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("own.json").write_text(json.dumps({"writeKey": KEY}))
    Path("read").touch()
    whole = str(tmp_path / "own.json")
    assert server("--connection", "own.json", "--allow", "read")["args"] == [
        "mcp", "--connection", whole, "--allow", "read",
    ]  # fmt: skip
    configured = server("--connection=own.json")
    assert configured["args"] == ["mcp", f"--connection={whole}"]
    assert "env" not in configured


def test_other_specs_are_named(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("specs").symlink_to(default_root())
    said = cli("--specs", "specs", "mcp", "--configuration", "--sandbox")
    (configured,) = said.json["mcpServers"].values()
    assert configured["args"] == ["--specs", str(default_root().resolve()), "mcp", "--sandbox"]


def test_somebody_who_starts_it_by_hand_is_told_what_it_waits_for():
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command("mcp", "--sandbox"), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(),
    ) as process:  # fmt: skip
        os.close(theirs)
        assert process.stderr is not None
        told = [process.stderr.readline(), process.stderr.readline()]
        process.kill()
    os.close(ours)
    assert told[0].startswith(b"waiting for an agent")
    assert b"mcp --configuration" in told[1]
