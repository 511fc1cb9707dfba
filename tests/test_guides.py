"""The guides and the README say what works: every command and program in them is run, and shows what they show."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from guides import NOT_RUN, ROOT, Block, blocks_of, differs, follow

from segment_connector.language import yaml_reader as yaml_loader

HOSTS = sorted((ROOT / "docs" / "hosts").glob("*.md"))
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md")), *HOSTS]
FOLLOWED = [path for path in GUIDES if path.stem != "write-an-action"]  # test_new_action follows that one
LANGUAGES = {"sh", "python", "text", "yaml", "json"}
IN_THE_HOST = {"js", "ts"}  # tests of the host itself run what these show


def name_of(path: Path) -> str:
    return path.stem if path.parent.name != "hosts" else f"hosts-{path.stem}"


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Future[list[Block]]]:
    """What came of following each guide; they run side by side, each in a copy of its own."""
    with ThreadPoolExecutor(4) as threads:
        return {path: threads.submit(follow, path, tmp_path_factory.mktemp(name_of(path))) for path in FOLLOWED}


@pytest.mark.parametrize("path", FOLLOWED, ids=name_of)
def test_what_a_guide_says_works(path: Path, followed: dict[Path, Future[list[Block]]]) -> None:
    blocks = followed[path].result()
    for ran, shown in pairwise(blocks):
        if shown.language == "text" and ran.is_run:
            assert differs(shown.text, ran.said) is None, f"{path.name}:{shown.line}: it wrote\n{ran.said}"


@pytest.mark.parametrize("path", GUIDES, ids=name_of)
def test_a_guide_has_no_block_that_nothing_holds(path: Path) -> None:
    for block in blocks_of(path):
        known = LANGUAGES | (IN_THE_HOST if path in HOSTS else set())
        assert block.language in known, f"{path.name}:{block.line}: say the block's language"
        if block.language == "json":
            json.loads(block.text)
        if block.language == "yaml":
            yaml_loader.parse(block.text, str(path))


def test_few_blocks_are_not_run() -> None:
    blocks = [block for path in GUIDES if path not in HOSTS for block in blocks_of(path)]
    assert sum(bool(NOT_RUN.search(block.before)) for block in blocks) <= 3
    assert sum(block.is_run for block in blocks) >= 30


@pytest.mark.parametrize(
    ("shown", "said", "missing"),
    [
        ("a\nb", "a\nx\nb\n", None),
        ("b\na", "a\nb\n", "a"),
        ("...b...", "abc\n", None),
        ("a\n...\nc", "a\nb\nc\n", None),
        ("b", "abc\n", "b"),
    ],
)
def test_what_is_shown_is_looked_for_line_by_line(shown: str, said: str, missing: str | None) -> None:
    assert differs(shown, said) == missing
