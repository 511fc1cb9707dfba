"""The programs on the pages of hosts that run in this environment do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_support import program
from guides import ROOT, blocks_of, differs

pytestmark = pytest.mark.unmeasured


@pytest.mark.parametrize("page", ["inputs", "langchain", "openai-agents", "pydantic-ai"])
def test_the_programs_of_a_page_work(page: str, tmp_path: Path):
    text = (ROOT / "docs" / "hosts" / f"{page}.md").read_text(encoding="utf-8")
    plain = tmp_path / "page.md"
    plain.write_text(re.sub("^    ", "", text, flags=re.MULTILINE), encoding="utf-8")  # steps of a list are indented
    blocks = blocks_of(plain)
    assert any(block.language == "python" and block.is_run for block in blocks)
    code = "\n".join(block.text for block in blocks if block.language == "python" and block.is_run)
    said = program(code=code)
    assert (said.code, said.stderr) == (0, "")
    for block in blocks:
        if block.language == "text":
            assert differs(block.text, said.stdout) is None
