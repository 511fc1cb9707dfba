"""The phrases that texts must not hold: each is found where people read it, and nowhere else."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

_SCRIPT = Path(__file__).parents[1] / "scripts" / "check_words.py"


@pytest.fixture(scope="module")
def words() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_words", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_a_phrase_is_told_with_its_place_and_what_to_write(words: ModuleType) -> None:
    found = list(words.findings("page.md", "Fine.\nIt is no number here.\n", words.phrases()))
    assert len(found) == 1
    assert found[0].startswith("page.md:2: 'is no number': write is not a number")


def test_of_a_program_only_its_texts_are_looked_at(words: ModuleType) -> None:
    program = '"""What is no number."""\n\n# is no number\nraise ValueError(\n    "is no number"\n)\n'
    assert [line.split(":")[1] for line in words.findings("one.py", program, words.phrases())] == ["5"]


def test_what_is_said_rightly_passes(words: ModuleType) -> None:
    assert list(words.findings("page.md", "There is no text; there is no number.\n".lower(), words.phrases())) == []


def test_every_phrase_says_what_to_write_and_why(words: ModuleType) -> None:
    assert all(one.instead and one.why for one in words.phrases())


def test_a_file_with_a_phrase_fails(words: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("That is of no use.\n")
    assert words.main([str(page)]) == 1
    assert "of no use" in capsys.readouterr().out
    page.write_text("That does not help.\n")
    assert words.main([str(page)]) == 0
