"""Which hosts there are, what they may be asked for, and files that are the same each time and in every place."""

from __future__ import annotations

import json

import pytest

from segment_connector import Connector, InputError, __version__
from segment_connector.call.policy import Policy
from segment_connector.exports import Export, ExportOptions, find_export, host_names, json_file

HOSTS = host_names()


def options(connector: Connector, export: Export, mode: str | None = None, **fence: list[str]) -> ExportOptions:
    return ExportOptions(mode=export.mode(mode), policy=Policy(connector.specs, **fence))  # type: ignore[arg-type]


def test_hosts_are_named_as_their_folders() -> None:
    assert sorted(HOSTS) == HOSTS
    assert "power-platform" in HOSTS
    assert not any("_" in name for name in HOSTS)


@pytest.mark.parametrize(("asked", "cure"), [("Power_Platform", "power-platform"), ("n", ", ".join(HOSTS))])
def test_a_host_that_there_is_not_is_refused_with_the_nearest(asked: str, cure: str) -> None:
    with pytest.raises(InputError, match=cure) as refused:
        find_export(asked)
    assert refused.value.code == "unknown_host"


def test_a_mode_that_a_host_does_not_know_is_refused_with_the_nearest() -> None:
    export = Export(title="A host", summary="", files=lambda *_: {})
    assert export.mode(None) == "direct"
    assert export.mode("service") == "service"
    with pytest.raises(InputError, match=r"A host has no mode 'servise' \(did you mean 'service'\?\)"):
        export.mode("servise")


def test_options_give_the_actions_that_are_wanted(connector: Connector) -> None:
    export = find_export("power-platform")
    assert [action.name for action in options(connector, export).actions] == list(connector.specs.paths)
    some = options(connector, export, allow=["read"], groups=["sources"]).actions
    assert {(action.group, action.effect) for action in some} == {("sources", "read")}
    assert options(connector, export).version == __version__


@pytest.mark.parametrize("host", HOSTS)
def test_an_export_is_the_same_each_time_and_tells_nothing_of_this_machine(host: str, connector: Connector) -> None:
    export = find_export(host)
    assert export.title
    assert export.summary.endswith(".")
    for mode in export.modes:
        files = export.files(connector, options(connector, export, mode))
        again = export.files(Connector.load(), options(Connector.load(), export, mode))
        assert files == again
        assert not [path for path in files if path.startswith("/") or ".." in path or "\\" in path]
        assert not [path for path, content in files.items() if b"/tmp/" in content or b"/root/" in content]
        for path, content in files.items():
            if path.endswith(".json"):
                json.loads(content)


def test_json_of_a_file_keeps_the_order_and_ends_with_a_line_end() -> None:
    assert json_file({"b": "é", "a": 1}) == '{\n  "b": "é",\n  "a": 1\n}\n'.encode()
