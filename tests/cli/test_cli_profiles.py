"""``login``, ``logout`` and ``--profile``: connections under a name, in a keyring or, where asked for, in a file."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from cli_support import KEY, cli, command, environment
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

CONFIG = "SEGMENT_CONNECTOR_CONFIG"


class Drawer(KeyringBackend):
    """A keyring that lives as long as the test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_locked:
            raise KeyringLocked("nobody unlocked it")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    before = keyring.get_keyring()
    drawer = Drawer()
    keyring.set_keyring(drawer)
    yield drawer
    keyring.set_keyring(before)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {CONFIG: str(tmp_path / "config")}


def written(tmp_path: Path, **connection: object) -> str:
    path = tmp_path / "connection.json"
    path.write_text(json.dumps(connection), encoding="utf-8")
    return str(path)


def test_a_profile_is_stored_in_the_keyring_and_used_by_name(drawer, env, sandbox, tmp_path):
    said = cli("login", "--profile", "eu-prod", "--from", written(tmp_path, **sandbox.connection), env=env)
    assert said.code == 0
    assert said.stdout.startswith("stored in the keyring as 'eu-prod'\n")
    assert "verified" in said.stdout
    assert json.loads(drawer.kept["segment-connector", "eu-prod"]) == sandbox.connection
    on_disk = "".join(path.read_text() for path in Path(env[CONFIG]).rglob("*") if path.is_file())
    assert not any(str(value) in on_disk for value in sandbox.connection.values() if isinstance(value, str))

    assert cli("test-connection", "--profile", "eu-prod", env=env).code == 0
    assert cli("test-connection", env={**env, "SEGMENT_CONNECTOR_PROFILE": "eu-prod"}).code == 0
    ran = cli("run", "list_sources", "--profile", "eu-prod", "--json", env=env)
    assert ran.json["ok"]
    listed = cli("login", "--list", env=env)
    assert listed.stdout.split() == ["eu-prod", "the", "keyring"]


def test_the_default_profile_is_used_where_nothing_else_is_given(drawer, env, sandbox, tmp_path):
    assert cli("login", "--from", written(tmp_path, **sandbox.connection), "--no-test", env=env).code == 0
    assert cli("run", "list_sources", "--json", env=env).json["ok"]
    # A credential of the environment wins over it, and a file over both.
    shown = cli("preview", "track", "-p", "event=x", "-p", "userId=1", env={**env, "SEGMENT_WRITE_KEY": KEY})
    assert shown.stdout.startswith("POST https://api.segment.io/v1/track")


def test_forgotten_is_forgotten(drawer, env, tmp_path):
    cli("login", "--from", written(tmp_path, writeKey=KEY), "--no-test", env=env)
    assert cli("logout", env=env).stdout == "'default' is forgotten\n"
    assert drawer.kept == {}
    again = cli("logout", env=env)
    assert (again.code, again.errors) == (
        2,
        [
            "error: --profile: there is no profile 'default'",
            "  hint: make it: segment-connector login --profile default",
        ],
    )


def test_a_profile_that_there_is_not_is_refused_with_the_nearest(drawer, env, tmp_path):
    cli("login", "--profile", "eu-prod", "--from", written(tmp_path, writeKey=KEY), "--no-test", env=env)
    said = cli("run", "track", "-p", "event=x", "-p", "userId=1", "--profile", "eu-prd", env=env)
    assert said.code == 2
    assert said.errors == ["error: --profile: there is no profile 'eu-prd'", "  hint: did you mean 'eu-prod'?"]


def test_a_keyring_that_cannot_be_used_says_what_else_there_is(drawer, env, tmp_path):
    drawer.is_locked = True
    said = cli("login", "--from", written(tmp_path, writeKey=KEY), env=env)
    assert (said.code, said.errors) == (
        2,
        [
            "error: the keyring cannot be used: KeyringLocked",
            "  hint: unlock the keyring, or add --plain to keep it in a file that only you can read",
        ],
    )
    assert cli("login", "--list", env=env).stdout.startswith("no profiles yet")


def test_a_plain_file_is_for_nobody_else_and_only_where_asked_for(drawer, env, tmp_path):
    assert cli("login", "--plain", "--from", written(tmp_path, writeKey=KEY), "--no-test", env=env).code == 0
    (file,) = Path(env[CONFIG]).glob("*.connection.json")
    assert json.loads(file.read_text()) == {"writeKey": KEY}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert drawer.kept == {}
    cli("login", "--from", written(tmp_path, writeKey=KEY), "--no-test", env=env)
    assert not file.exists()  # it is in the keyring now
    assert cli("login", "--plain", "--from", written(tmp_path, writeKey=KEY), "--no-test", env=env).code == 0
    assert cli("logout", env=env).code == 0
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "nothing.json"], "nothing.json: the file cannot be read"),
        (["--from-environment"], "no environment variable gives a connection"),
        ([], "nobody is there to be asked"),
        (["--profile", "../x"], "write a name of letters, digits"),
        (["--from", "x", "--from-environment"], "take one of --from and --from-environment"),
    ],
)
def test_nothing_is_stored_of_what_is_wrong(drawer, env, arguments, message):
    said = cli("login", *arguments, env=env)
    assert said.code == 2
    assert message in said.stderr
    assert drawer.kept == {}


def test_a_connection_without_a_credential_is_not_stored(drawer, env, tmp_path):
    said = cli("login", "--from", written(tmp_path, region="eu"), env=env)
    assert said.errors[0] == "error: there is no credential in it; nothing was stored"
    wrong = cli("login", "--from", written(tmp_path, region="mars", writeKey=KEY), env=env)
    assert wrong.code == 2
    assert "region" in wrong.stderr
    assert drawer.kept == {}


def test_the_environment_is_taken_where_that_is_said(drawer, env):
    said = cli("login", "--from-environment", "--no-test", env={**env, "SEGMENT_WRITE_KEY": KEY})
    assert said.code == 0
    assert json.loads(drawer.kept["segment-connector", "default"]) == {"writeKey": KEY}


def test_an_index_that_is_broken_says_how_it_is_mended(env):
    Path(env[CONFIG]).mkdir()
    (Path(env[CONFIG]) / "profiles.json").write_text("{", encoding="utf-8")
    said = cli("login", "--list", env=env)
    assert said.code == 2
    assert "store the profiles again by 'segment-connector login'" in said.stderr


def test_a_person_is_asked_and_secrets_are_not_echoed(tmp_path):
    """On a terminal: the region, then each credential; Enter leaves one out."""
    ours, theirs = pty.openpty()
    env = {**environment(), CONFIG: str(tmp_path), "COLUMNS": "80"}
    asked = subprocess.Popen(
        command("login", "--plain", "--no-test"), stdin=theirs, stdout=theirs, stderr=theirs, env=env, close_fds=True
    )
    os.close(theirs)
    said = b""
    answers = iter([b"eu\n", f"{KEY}\n".encode()])
    while asked.poll() is None or said == b"":
        try:
            part = os.read(ours, 4096)
        except OSError:  # the terminal is gone with the program
            break
        said += part
        if part.rstrip().endswith(b":") and b"Press Enter" in said:
            os.write(ours, next(answers, b"\n"))
    os.close(ours)
    assert asked.wait() == 0, said
    assert KEY.encode() not in said
    assert json.loads((tmp_path / "default.connection.json").read_text()) == {"region": "eu", "writeKey": KEY}


def test_names_of_profiles_are_completed(drawer, env, tmp_path):
    cli("login", "--profile", "eu-prod", "--from", written(tmp_path, writeKey=KEY), "--no-test", env=env)
    asked = {
        "_SEGMENT_CONNECTOR_COMPLETE": "bash_complete",
        "COMP_LINE": "segment-connector run track --profile e",
        "COMP_POINT": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from segment_connector.cli import main; main()"],
        env=environment({**env, **asked}), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout == "plain,eu-prod\n"
