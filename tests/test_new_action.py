"""A newcomer adds an action by the guide alone: its steps are done on a copy of the project, and then it is there."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from guides import ROOT, Block, differs, follow

from segment_connector import Connector
from segment_connector.checks import run as check
from segment_connector.sandbox import Sandbox

GUIDE = ROOT / "docs" / "guides" / "write-an-action.md"
NAME = "order_paid"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("newcomer")


@pytest.fixture(scope="module")
def followed(folder: Path) -> list[Block]:
    return follow(GUIDE, folder)


def test_the_guide_shows_what_its_commands_say(followed: list[Block]) -> None:
    for ran, shown in pairwise(followed):
        if shown.language == "text" and ran.is_run:
            assert differs(shown.text, ran.said) is None, f"line {shown.line}: it wrote\n{ran.said}"


def test_the_action_is_there_sound_callable_and_documented(followed: list[Block], folder: Path) -> None:
    assert followed
    copy = folder / "copy"
    assert check(copy) == []
    connector = Connector.load(copy)
    assert set(connector.actions) - set(Connector.load(ROOT).actions) == {NAME}
    with Sandbox(connector.specs) as sandbox:
        result = connector.run(NAME, {"userId": "u-1", "orderId": "o-1", "total": 27.5}, sandbox.connection)
        (event,) = sandbox.events()
    assert (result.ok, result.outputs["orderId"]) == (True, "o-1")
    assert (event["status"], event["body"]["properties"]) == (
        "accepted", {"order_id": "o-1", "total": 27.5, "currency": "USD"},
    )  # fmt: skip
    page = (copy / "docs" / "actions" / "tracking" / f"{NAME}.md").read_text(encoding="utf-8")
    assert page.splitlines()[2] == "# Record a completed order"
    assert f"{NAME}.md" in (copy / "docs" / "actions" / "tracking" / "index.md").read_text(encoding="utf-8")


def test_nothing_in_the_guide_asks_to_read_python() -> None:
    assert not re.search(r"segment_connector/|\.py\b", GUIDE.read_text(encoding="utf-8"))
