"""The pages that are written from specs: whole, true, linked, always the same, and never stale unnoticed."""

from __future__ import annotations

import ast
import json
import re
import shlex
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from cli_support import cli
from guides import ROOT
from hypothesis import example, given
from hypothesis import strategies as st

from segment_connector import Connector
from segment_connector.checks.rehearsal import made_up_connection
from segment_connector.cli.input_arguments import read_inputs
from segment_connector.docs.all_pages import SETTINGS, pages, stale, write
from segment_connector.docs.book import page_of
from segment_connector.docs.call_forms import command_text, python_call, step_text
from segment_connector.docs.literals import json_text, python_text
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.language.yaml_writer import dump
from segment_connector.markup.markdown import MARK, slug

DOCS = ROOT / "docs"
CONNECTOR = Connector.load(ROOT)


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Every page, as it is written today."""
    return pages(CONNECTOR.specs, DOCS)


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of its rank."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```+{language}\n(.*?)\n```+$", text, re.MULTILINE | re.DOTALL)


# What is committed


def test_no_committed_page_is_stale(made: dict[str, str]) -> None:
    assert list(stale(made, DOCS)) == []


@pytest.mark.unmeasured
def test_pages_are_the_same_each_time(made: dict[str, str]) -> None:
    assert pages(Connector.load(ROOT).specs, DOCS) == made


@pytest.mark.unmeasured
def test_every_page_is_written_in_time() -> None:
    start = time.thread_time()
    pages(Connector.load(ROOT).specs, DOCS)
    assert time.thread_time() - start < 3


def test_every_action_resource_schema_and_platform_has_a_page(made: dict[str, str]) -> None:
    expected = {f"actions/{path.parent.name}/{path.stem}.md" for path in ROOT.glob("actions/*/*.yaml")}
    expected |= {f"actions/{path.name}/index.md" for path in ROOT.glob("actions/*") if path.is_dir()}
    expected |= {f"language/{path.name.partition('.')[0]}.md" for path in ROOT.glob("schemas/*.schema.json")}
    expected |= {f"platforms/{path.stem}.md" for path in ROOT.glob("catalogs/*.yaml")}
    assert {*expected, "servers.md"} - made.keys() == set()


def test_every_page_is_in_the_navigation_once(made: dict[str, str]) -> None:
    listed = re.findall(r"[\w/-]+\.md(?=$)", made[SETTINGS], re.MULTILINE)
    assert sorted(listed) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    titles = re.findall(r'^      - "(.+)":$', made[SETTINGS], re.MULTILINE)
    groups = [group.title for name, group in CONNECTOR.spec.groups.items() if name in CONNECTOR.specs.groups]
    assert [title for title in titles if title in groups] == groups


# Links


def anchors_of(text: str) -> set[str]:
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", outside, re.MULTILINE)
    return {slug(re.sub(r"\[(.+?)\]\(.+?\)", r"\1", heading).replace("`", "")) for heading in headings}


def test_every_link_leads_to_a_page_and_a_heading() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")}
    anchors = {path: anchors_of(text) for path, text in texts.items()}
    broken = []
    for path, text in texts.items():
        outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(<?([^)>\s]+)>?\)", re.sub(r"`[^`\n]*`(?!\])", "", outside)):
            if re.match(r"https?://", target):
                continue
            there, _, anchor = unquote(target).partition("#")
            page = (path.parent / there).resolve() if there else path
            if page.is_relative_to(DOCS / "assets"):
                broken += [] if page.is_file() else [f"{path.relative_to(DOCS)}: {target}"]
            elif page not in texts or (anchor and anchor not in anchors[page]):
                broken.append(f"{path.relative_to(DOCS)}: {target}")
    assert broken == []


def test_pages_load_nothing_from_outside() -> None:
    for path in DOCS.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<img|<script|<iframe", text, re.IGNORECASE), path
        pictures = re.findall(r"!\[[^\]]*\]\(([^)#]+)[^)]*\)", text)
        assert all((path.parent / target).resolve().is_relative_to(DOCS / "assets") for target in pictures), path
    assert "font: false" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def test_the_diagram_of_the_packages_shows_each_one() -> None:
    drawn = re.findall(r'class="name"[^>]*>([a-z]+)<', (DOCS / "assets" / "packages.svg").read_text(encoding="utf-8"))
    folder = ROOT / "segment_connector"
    names = {path.stem for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert sorted(drawn) == sorted(names - {"_data", "__init__", "__main__", "__pycache__"})


def test_pictures_are_small_and_there_for_both_grounds() -> None:
    product, hosts = (list((DOCS / "assets" / folder).iterdir()) for folder in ("pictures", "hosts"))
    assert max(path.stat().st_size for path in (*product, *hosts)) < 150_000
    names = {path.name for path in product}
    for name in names:
        assert name.replace("-light.", "-dark.") in names
        assert name.replace("-dark.", "-light.") in names


# What a page of an action says


@pytest.mark.unmeasured
def test_a_page_tells_all_of_its_action(subtests: pytest.Subtests, made: dict[str, str]) -> None:
    for name in sorted(CONNECTOR.actions):
        with subtests.test(name):
            action = CONNECTOR.actions[name]
            text = made[page_of(action)]
            told = {
                "Parameters": list(action.parameters),
                "Answer": list(action.outputs),
                "Errors": [case.code for case in action.errors.values()],
                "Pages of the list": [paging.cursor for paging in action.paging],
            }
            for heading, names in told.items():
                assert [one for one in names if f"`{one}`" not in section(text, heading)] == []
            assert ("**It asks first:**" in text) is (action.confirm is not None)
            assert "curl " in section(text, "Request")


@pytest.mark.unmeasured
def test_every_form_of_an_example_makes_the_same_call(subtests: pytest.Subtests) -> None:
    for name in sorted(CONNECTOR.actions):
        with subtests.test(name):
            for one in CONNECTOR.actions[name].examples:
                assert yaml_loader.parse(step_text(name, one.input) + "\n", name) == {
                    "action": name,
                    "input": one.input,
                }
                assert yaml.safe_load(step_text(name, one.input) + "\n") == {"action": name, "input": one.input}
                (call,) = (node for node in ast.walk(ast.parse(python_call(CONNECTOR.spec, name, one.input)))
                           if isinstance(node, ast.Call) and ast.unparse(node.func) == "connector.run")  # fmt: skip
                assert [ast.literal_eval(argument) for argument in call.args[:2]] == [name, one.input]
                words = shlex.split(command_text(CONNECTOR.spec.command, name, one.input).replace("\\\n", " "))
                assert words[:3] == ["segment-connector", "run", name]
                assert read_inputs(tuple(words[4::2]), None).values == one.input


def test_a_page_lists_parameters_to_their_full_depth(lab: Any) -> None:
    entry = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string", "description": "A | b <c>."}},
    }
    deep = {
        "type": "object",
        "description": "Deep.",
        "properties": {"list": {"type": "array", "items": entry}},
        "additionalProperties": {"type": "object", "description": "Any.", "properties": {"x": {"type": "null"}}},
        "anyOf": [{"title": "Form", "properties": {"form": {"type": "string"}}}],
    }
    lab.write(parameters={"deep": deep}, body={"deep": "{{ input.deep }}"})
    text = pages(lab.connector().specs, lab.root / "docs")["actions/things/act.md"]
    rows = {
        line.split("|")[1].strip(" `"): line for line in section(text, "Parameters").splitlines() if "`deep" in line
    }
    assert set(rows) == {"deep", "deep.list", "deep.list[].id", "deep.*", "deep.*.x", "deep.form"}
    assert r"A \| b &lt;c>." in rows["deep.list[].id"]
    assert "| yes |" in rows["deep.list[].id"]
    assert "*Form:*" in rows["deep.form"]


def test_no_page_holds_a_credential(made: dict[str, str]) -> None:
    connection = made_up_connection(CONNECTOR.spec)
    for page, text in made.items():
        assert not re.search(r"Authorization: (Basic|Bearer) [^$]", text), page
        if page.startswith("actions/"):
            assert not any(f'"{value}"' in text for name, value in connection.items() if name.endswith("Token"))


# Literals

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=8,
)


@given(VALUES)
@example({"a": "no", "b": "0815", "c": "1e3", "d": "~", "e": "a: b #c", "f": "- x", "": [[], {}, [1, [2]]], "g": "x "})
@example({"code": "one\n  two\n\nthree", "end": "a\nb\n", "odd": "a\n\n", "start": " a\nb", "tab": "a\t\nb"})
@example("a" * 200)
def test_a_value_written_down_is_read_as_the_same_value(value: Any) -> None:
    assert ast.literal_eval(python_text(value)) == value
    assert json.loads(json_text(value)) == value
    assert yaml.safe_load(dump(value)) == value
    assert yaml_loader.parse(dump(value), "here") == value


# The command


def test_what_is_stale_is_named_and_mended(tmp_path: Path) -> None:
    out = tmp_path / "docs"
    made = pages(CONNECTOR.specs, out)
    assert {why for _, why in stale(made, out)} == {"missing"}
    write(made, out)
    gone, changed = "actions/index.md", "limits.md"
    (out / gone).unlink()
    (out / changed).write_text("mine\n")
    (out / "actions" / "old.md").write_text(f"{MARK}actions/old.yaml. -->\n\n# Old\n")
    (out / "mine.md").write_text("# A page of a person\n")
    assert sorted(stale(made, out)) == [(gone, "missing"), ("actions/old.md", "left over"), (changed, "differs")]
    assert sorted(write(made, out)) == [gone, "actions/old.md", changed]
    assert list(stale(made, out)) == []
    assert (out / "mine.md").exists()


def test_the_command_writes_checks_and_says_what_is_stale(lab: Any) -> None:
    lab.write()
    arguments = ["--specs", str(lab.root), "docs", "--out", str(lab.root / "docs")]
    said = cli(*arguments, "--check")
    assert (said.code, said.errors[1]) == (2, f"  hint: write them with 'segment-connector --specs {lab.root} docs'")
    assert f"{lab.root / 'docs' / 'index.md'}: missing" in said.stdout
    assert cli(*arguments).code == 0
    assert (said := cli(*arguments, "--check")).code == 0
    assert said.stdout.endswith("none stale\n")
    lab.write(title="Act otherwise")
    said = cli(*arguments, "--check")
    assert said.code == 2
    assert f"{lab.root / 'docs' / 'actions' / 'things' / 'act.md'}: differs" in said.stdout


def test_navigation_is_written_below_its_line_only(lab: Any) -> None:
    lab.write()
    settings = lab.root / "mkdocs.yml"
    settings.write_text("site_name: Mine\nnav:\n  # Below this line: written by 'segment-connector docs'.\n  - old\n")
    cli("--specs", str(lab.root), "docs", "--out", str(lab.root / "docs"))
    text = settings.read_text()
    assert text.startswith("site_name: Mine\nnav:\n  # Below")
    assert "  - old\n" not in text
    assert '"Act": actions/things/act.md' in text
