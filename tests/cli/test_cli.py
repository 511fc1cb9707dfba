"""The program as a whole: help, exit codes, streams, start-up, and the commands that only read."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
from cli_support import KEY, cli, command, environment, program
from faultserver import FaultServer, answer

from segment_connector import Connector, __version__

HEAVY = {"jinja2", "jsonschema", "jsonschema_rs", "requests", "urllib3", "rich", "orjson"}
COMMANDS = ["list", "show", "run", "preview", "check", "test-connection", "sandbox"]


def loaded_by(*arguments: str) -> set[str]:
    code = (
        "import sys\nfrom segment_connector.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    )
    said = program(*arguments, code=code)
    assert said.code == 0
    return set(said.stderr.split())


def test_help_names_every_command_and_the_exit_codes():
    said = cli("--help")
    assert said.code == 0
    assert [name for name in COMMANDS if f"\n  {name} " not in said.stdout] == []
    assert "Exit codes:\n    0    ok\n    1    refused by the service" in said.stdout


def test_version():
    assert cli("--version").stdout == f"segment-connector {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_has_examples(name):
    said = cli(name, "--help")
    assert said.code == 0
    assert "Examples:\n" in said.stdout


def test_help_imports_no_command_and_no_yaml():
    loaded = loaded_by("--help")
    assert loaded & HEAVY == set()
    assert "yaml" not in loaded
    assert {name for name in loaded if name.startswith("segment_connector")} == {
        "segment_connector",
        "segment_connector.cli",
    }


def test_list_imports_neither_templates_nor_validators_nor_http():
    loaded = loaded_by("list")
    assert loaded & HEAVY == set()
    assert not [name for name in loaded if name.startswith("segment_connector.runtime")]


@pytest.mark.parametrize(("typed", "meant"), [("shw", "show"), ("test_connection", "test-connection"), ("Run", "run")])
def test_an_unknown_command_is_answered_with_the_nearest_one(typed, meant):
    said = cli(typed)
    assert (said.code, said.stdout) == (2, "")
    assert f"no such command '{typed}'; did you mean '{meant}'?" in said.stderr


def test_an_unknown_command_with_nothing_near_is_answered_with_help():
    assert "no such command 'zzz'; see --help" in cli("zzz").stderr


@pytest.mark.parametrize("arguments", [["list", "--colour"], ["--colour"], ["--", "--colour"]])
def test_an_unknown_option_is_a_usage_error(arguments):
    said = cli(*arguments)
    assert (said.code, said.stdout) == (2, "")


def test_another_spec_root_by_option_or_variable(lab):
    lab.write()
    assert cli("--specs", str(lab.root), "list", "--json").json[0]["name"] == "act"
    assert cli("list", "--json", env={"SEGMENT_CONNECTOR_SPECS": str(lab.root)}).json[0]["name"] == "act"


def test_a_spec_root_without_specs_is_an_error_of_the_spec(tmp_path):
    said = cli("--specs", str(tmp_path), "list")
    assert (said.code, said.stdout) == (2, "")
    assert said.errors[0].startswith(f"error: {tmp_path}: there is no connector.yaml")
    assert said.errors[1].startswith("  hint: name the folder")


def test_a_mistake_in_a_spec_is_told_with_file_and_line(lab):
    path = lab.write()
    path.write_text("name: act\nname: act\n", encoding="utf-8")
    said = cli("--specs", str(lab.root), "show", "act")
    assert said.code == 2
    assert said.errors == [f"error: {path}:2: the key 'name' occurs twice", "  hint: keep one of the two"]


def test_list_shows_every_action_below_its_group():
    said = cli("list")
    connector = Connector.load()
    assert said.code == 0
    for name, action in connector.actions.items():
        assert any(line.split() == [name, action.effect, *action.summary.split()] for line in said.stdout.splitlines())
    assert [line for line in said.stdout.splitlines() if line and line[0] != " "] == list(connector.spec.groups)


def test_list_breaks_summaries_to_the_width_of_the_terminal():
    said = cli("list", env={"COLUMNS": "70"})
    assert max(len(line) for line in said.stdout.splitlines()) <= 70


def test_list_as_json_is_the_heads_of_the_files():
    listed = cli("list", "--json").json
    actions = Connector.load().actions
    assert {one["name"]: one["summary"] for one in listed} == {name: actions[name].summary for name in actions}
    assert set(listed[0]) == {
        "name", "group", "title", "summary", "api", "effect", "idempotent", "stability", "keywords", "docs", "confirm",
        "tool",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--effect", "write", "--group", "tracking", "--search", "batch"], ["batch"]),
        (["--search", "User group role", "--group", "iam_roles"], ["list_roles"]),
        (["--effect", "read", "--group", "workspace"], ["echo", "get_workspace", "list_audit_events"]),
        (["--group", "advanced"], ["custom_api_call"]),
    ],
)
def test_list_can_be_narrowed(options, names):
    assert [one["name"] for one in cli("list", "--json", *options).json] == names


def test_list_with_nothing_to_show_says_so_on_stderr():
    said = cli("list", "--search", "no such words")
    assert (said.code, said.stdout) == (0, "")
    assert said.stderr.startswith("none of ")


def test_a_group_that_is_none_is_answered_with_the_nearest():
    said = cli("list", "--group", "advancd")
    assert said.code == 2
    assert said.errors == ["error: --group: there is no group 'advancd'", "  hint: did you mean 'advanced'?"]


@pytest.mark.parametrize("name", ["show", "run", "preview"])
def test_an_unknown_action_is_answered_with_the_nearest(name):
    said = cli(name, "trakc")
    assert (said.code, said.stdout) == (2, "")
    assert said.errors == ["error: action: there is no action 'trakc'", "  hint: did you mean 'track'?"]


def test_show_tells_what_a_caller_must_know():
    shown = cli("show", "track").stdout
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "request POST /track" in lines
    assert "eu https://events.eu1.segmentapis.com/v1" in lines
    assert "limit 32,768 bytes for the body" in lines
    assert any(line.startswith("event * text What the user did") for line in lines)
    assert any(line.startswith("revenue number or null Money") for line in lines)
    assert any("if left out: a new one for each call; at most 99 characters" in line for line in lines)
    assert any(line.startswith("userId userId or anonymousId is required; both may be given.") for line in lines)
    assert "messageId text The id under which Segment counts the event once." in lines
    assert "segment-connector run track -p event='Order Completed' -p userId=97980cfea0067" in shown


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("delete_source", "asks Delete this source? Its write keys stop working"),
        ("list_sources", "list comes in pages; 'run --all' follows it to the end"),
        ("batch_query_messaging_subscriptions_for_space", "deprecated since 2025-12-15"),
    ],
)
def test_show_tells_what_is_special(name, told):
    lines = [" ".join(line.split()) for line in cli("show", name).stdout.splitlines()]
    assert any(line.startswith(told) for line in lines)


def test_show_tells_how_a_long_list_is_cut():
    assert "2,500 entries or 500,000 bytes a request; more is sent in several requests" in cli("show", "batch").stdout


@pytest.mark.unmeasured
def test_show_describes_every_action(subtests: pytest.Subtests):
    for name in sorted(Connector.load().actions):
        with subtests.test(name):
            action = Connector.load().actions[name]
            shown = cli("show", name)
            assert shown.code == 0
            assert [each for each in (*action.parameters, *action.outputs) if f"\n  {each} " not in shown.stdout] == []


def test_show_breaks_text_to_the_width_of_the_terminal_but_no_word():
    lines = cli("show", "track", env={"COLUMNS": "100"}).stdout.splitlines()
    long = [line for line in lines if len(line) > 100]
    assert [line for line in long if not line.startswith("  segment-connector run track -p ")] == []
    assert any(line.endswith("https://segment.com/docs/connections/spec/track/") for line in lines)


def test_show_as_json_holds_the_inputs_as_a_json_schema():
    shown = cli("show", "track", "--json").json
    action = Connector.load().actions["track"]
    assert shown["input_schema"] == json.loads(json.dumps(action.input_schema))
    assert list(shown["outputs"]) == list(action.outputs)
    assert shown["endpoint"]["path"] == "/track"


def test_show_of_an_action_with_little_to_say(lab):
    lab.write(
        effect="read", stability="beta", docs="https://lab.test/act", api="{{ input.api }}",
        parameters={
            "api": {"type": "string", "enum": ["main", "open"]},
            "names": {"type": "array", "items": {"type": "string"}, "description": "Names", "secret": True},
            "rows": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}},
        },
        limits={"requests": 5, "seconds": 60, "note": "less at night"},
    )  # fmt: skip
    shown = [" ".join(line.split()) for line in cli("--specs", str(lab.root), "show", "act").stdout.splitlines()]
    assert "effect read" in shown
    assert "stability beta" in shown
    assert "limit 5 requests in 60 s" in shown
    assert "limit less at night" in shown
    assert "API {{ input.api }}" in shown
    assert "api text (one of main, open)" in shown
    assert "names list of text Names (secret)" in shown
    assert "id whole number" in shown


def test_test_connection_without_a_credential_says_where_to_give_one():
    said = cli("test-connection")
    assert said.code == 1
    assert said.stdout.startswith("region us, connection from the environment\n")
    assert "Write key" in said.stdout
    assert "not given" in said.stdout
    assert "'segment-connector test-connection --help' lists the variables" in said.stderr


def test_test_connection_help_lists_the_variables_of_the_spec():
    shown = cli("test-connection", "--help").stdout
    assert "Environment variables:\n  SEGMENT_REGION " in shown
    assert "SEGMENT_TRACKING_URL" in shown


def test_test_connection_reports_as_json(tmp_path):
    with FaultServer(answer(status=404)) as server:
        file = tmp_path / "eu.json"
        file.write_text(json.dumps({"region": "eu", "writeKey": KEY, "servers": {"tracking": server.url}}))
        said = cli("test-connection", "--connection", str(file), "--json")
    assert said.code == 0
    assert (said.json["ok"], said.json["region"]) == (True, "eu")
    assert said.json["checks"][0]["verdict"] == "unverifiable"
    assert KEY not in said.stdout + said.stderr


def test_test_connection_fails_with_exit_code_1():
    with FaultServer(answer({"errors": []}, 401)) as server:
        env = {"SEGMENT_PUBLIC_TOKEN": "sgp_5ecret", "SEGMENT_PUBLIC_URL": server.url}
        said = cli("test-connection", env=env)
    assert said.code == 1
    assert " ".join(said.stdout.split()).count("Public API token failed") == 1
    assert "Check the Public API token and the region." in said.stdout


def test_shells_complete_the_names_of_actions():
    env = {
        "_SEGMENT_CONNECTOR_COMPLETE": "bash_complete",
        "COMP_LINE": "segment-connector show cus",
    }
    assert program(env=env).stdout == "plain,custom_api_call\n"


@pytest.mark.parametrize("variables", [{"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii"}])
def test_output_is_utf_8_whatever_the_locale_says(variables):
    said = program("preview", "track", "-p", "event=Zamówienie 🎉", "-p", "userId=ż", "--json", env=variables)
    assert said.code == 0
    assert said.json["body"]["event"] == "Zamówienie 🎉"
    assert (
        "Zamówienie 🎉"
        in program("preview", "track", "-p", "event=Zamówienie 🎉", "-p", "userId=ż", env=variables).stdout
    )


def test_an_argument_that_is_no_text_is_refused_without_a_traceback():
    done = subprocess.run(
        [*command("run", "track", "--sandbox", "-p"), b"event=\xff", "-p", "userId=u"],
        env=environment({"LC_ALL": "C.UTF-8"}), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: event: holds a broken character")


@pytest.mark.parametrize("arguments", [["show", "track"], ["list", "--json"], ["preview", "track"]])
def test_a_reader_that_goes_away_is_no_error(arguments):
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as running:
        running.stdout.close()
        said = running.stderr.read().decode()
        code = running.wait(30)
    assert "Traceback" not in said
    assert "Exception" not in said
    assert (code, said) == (141, "") if arguments[0] != "preview" else code == 2


def test_an_interrupted_wait_ends_with_130():
    with FaultServer(answer({}, 429, {"Retry-After": "60"})) as server:
        env = environment({"SEGMENT_WRITE_KEY": KEY, "SEGMENT_TRACKING_URL": server.url})
        with subprocess.Popen(
            command("run", "track", "-p", "event=E", "-p", "userId=u"), stderr=subprocess.PIPE, env=env
        ) as running:
            waiting = running.stderr.readline().decode()
            running.send_signal(signal.SIGINT)
            rest = running.stderr.read().decode()
            code = running.wait(30)
    assert waiting == "waiting 60 s before attempt 2 (HTTP 429, asked by the server)\n"
    assert (code, rest) == (130, "interrupted\n")


SECRETS = {
    "writeKey": KEY,
    "publicToken": "sgp_5ecretPublic",
    "profileToken": "prof-5ecretToken",
    "spaceId": "spa_1",
    "oauth": {"clientId": "c", "keyId": "k", "privateKey": "-----BEGIN 5ecretPrivate"},
}
TRACK = ["track", "-p", "event=E", "-p", "userId=u"]


@pytest.mark.parametrize("oauth", [False, True], ids=["keys", "oauth"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["run", *TRACK],
        ["run", *TRACK, "--json"],
        ["run", "track", "-p", "event:=1", "-p", f"context:={json.dumps({'ip': KEY})}"],
        ["run", "custom_api_call", "-p", "api=public", "-p", "method=GET", "-p", "path=/x", "--yes"],
        ["preview", *TRACK],
        ["preview", *TRACK, "-p", f"anonymousId={KEY}"],
        ["preview", *TRACK, "-p", f"properties.key={KEY}", "--json"],
        ["preview", *TRACK, "-p", f"properties.key={KEY}", "--curl"],
        ["preview", "custom_api_call", "-p", "path=/x", "-p", f"query.key={KEY}"],
        ["test-connection"],
        ["test-connection", "--json"],
    ],
)
def test_no_command_ever_shows_a_secret(arguments, oauth, tmp_path: Path):
    echo = {"message": f"no {KEY} sgp_5ecretPublic", "errors": [{"message": f"{KEY} sgp_5ecretPublic"}]}
    with FaultServer(answer(echo, 400)) as server:
        servers = dict.fromkeys(("tracking", "public", "profiles", "oauth"), server.url)
        file = tmp_path / "connection.json"
        given = {name: value for name, value in SECRETS.items() if oauth or name != "oauth"}
        file.write_text(json.dumps({**given, "servers": servers}))
        said = cli(*arguments, "--connection", str(file))
    assert said.code in (0, 1, 2)
    shown = said.stdout + said.stderr
    assert shown
    assert "5ecret" not in shown
    assert "d2stNWVjcmV0" not in shown  # the write key in base64


@pytest.mark.parametrize("name", ["run", "preview", "test-connection"])
def test_a_connection_that_is_wrong_is_told_without_its_secret(name, tmp_path: Path):
    file = tmp_path / "connection.json"
    file.write_text(json.dumps({"writeKey": f"{KEY}\n", "publicToken": 5, "regoin": "us"}))
    said = cli(name, *(TRACK if name != "test-connection" else ()), "--connection", str(file))
    assert (said.code, said.stdout) == (2, "")
    assert "5ecret" not in said.stderr
    assert f"error: {file}: writeKey: " in said.stderr
    assert (
        f"error: {file}: regoin: there is no such property of a connection\n  hint: did you mean 'region'?"
        in said.stderr
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (None, "the file cannot be read: No such file or directory"),
        ("{", "is not valid JSON: expecting property name enclosed in double quotes (line 1, column 2)"),
        ("[]", "must be a JSON object"),
        ('{"region": "us", "region": "eu"}', "is not valid JSON: the name 'region' occurs twice in one object"),
    ],
)
def test_a_connection_file_that_cannot_be_read(text, error, tmp_path: Path):
    file = tmp_path / "connection.json"
    if text is not None:
        file.write_text(text)
    said = cli("test-connection", "--connection", str(file))
    assert said.code == 2
    assert said.errors[0] == f"error: {file}: {error}"
    assert said.errors[1].startswith("  hint: ")


def test_a_wrong_variable_is_named():
    said = cli("test-connection", env={"SEGMENT_REGION": "uk"})
    assert said.code == 2
    assert said.errors[0].startswith("error: SEGMENT_REGION: must be one of us, eu")


def test_a_connection_file_wins_over_the_whole_environment(tmp_path: Path):
    file = tmp_path / "connection.json"
    file.write_text('{"region": "eu"}')
    said = cli("test-connection", "--connection", str(file), env={"SEGMENT_WRITE_KEY": KEY, "SEGMENT_REGION": "us"})
    assert said.stdout.startswith(f"region eu, connection from {file}\n")
    assert "the connection has no writeKey" in said.stdout
