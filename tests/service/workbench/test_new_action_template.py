"""The template of a new action's file: valid for every method and API, and refused with a cure otherwise."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from spec_copies import copy_specs

from segment_connector.authoring.action_files import Changed, Workshop
from segment_connector.authoring.new_action import NewAction
from segment_connector.checks import judge
from segment_connector.checks.project import Project
from segment_connector.errors import InputError
from segment_connector.language.specs import Specs

ENDPOINTS = {
    "list_colours": ("GET", "/colours"),
    "get_colour": ("GET", "/colours/{id}"),
    "create_colour": ("POST", "/colours"),
    "update_colour": ("PATCH", "/colours/{colourId}/names/{name}"),
    "replace_colour": ("PUT", "/colours/{{ input.id }}"),
    "delete_colour": ("DELETE", "/colours/{id}"),
}
SPECS = Specs()


@pytest.fixture(scope="module")
def packaged() -> Workshop:
    return Workshop(SPECS)


@pytest.mark.parametrize("api", SPECS.connector.apis)
@pytest.mark.parametrize("name", ENDPOINTS)
def test_nothing_is_found_in_a_template(packaged: Workshop, name: str, api: str) -> None:
    wanted = NewAction(name, "labels", api, *ENDPOINTS[name])
    opened, text = packaged.begin(wanted)
    judged = packaged.judge(opened.name, text, opened.path)
    assert judged.findings == []
    assert judged.action is not None
    method = ENDPOINTS[name][0]
    request = judged.plan(judged.action.examples[0].input)
    assert request.method == method
    assert "{" not in request.url
    assert request.url.count("/colours") == 1


@pytest.mark.unmeasured
def test_the_check_of_a_whole_folder_finds_nothing(tmp_path: Path) -> None:
    own = Workshop(Specs(copy_specs(tmp_path / "specs")))
    for name, endpoint in ENDPOINTS.items():
        opened, text = own.begin(NewAction(name, "labels", "public", *endpoint))
        assert own.elsewhere(name, text, opened.path) == []
        saved = own.save(opened, text)
        assert saved.path.read_text(encoding="utf-8") == text
        with pytest.raises(Changed):
            own.save(opened, text)
    written = {own.specs.root / "actions" / "labels" / f"{name}.yaml" for name in ENDPOINTS}
    assert [one for one in judge(Project(own.specs.root)) if one.path and Path(one.path) in written] == []
    own.specs.forget()
    assert set(ENDPOINTS) <= set(own.specs.paths)


@pytest.mark.parametrize(
    ("wanted", "fields", "hint"),
    [
        (NewAction("Get-Order", "labels", "public", "GET", "/a"), ["name"], "small letters"),
        (NewAction("track", "labels", "public", "GET", "/a"), ["name"], "choose another name"),
        (NewAction("get_a", "lables", "public", "GET", "/a"), ["group"], "did you mean 'labels'?"),
        (NewAction("get_a", "../..", "public", "GET", "/a"), ["group"], "there is tracking"),
        (NewAction("get_a", "labels", "pubic", "GET", "/a"), ["api"], "did you mean 'public'?"),
        (NewAction("get_a", "labels", "public", "FETCH", "/a"), ["method"], "PATCH"),
        (NewAction("get_a", "labels", "public", "GET", "a b"), ["path"], "begin with /"),
        (NewAction("", "labels", "public", "GET", ""), ["name", "path"], "small letters"),
    ],
)
def test_what_cannot_begin_a_file_is_told_with_its_cure(
    packaged: Workshop, wanted: NewAction, fields: list[str], hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        packaged.begin(wanted)
    assert [one.field for one in caught.value.problems] == fields
    assert hint in str(caught.value.problems[0].hint)


def test_the_commands_make_a_folder_of_ones_own(packaged: Workshop, tmp_path: Path) -> None:
    copy, serve = packaged.own_folder
    copied = copy_specs(tmp_path / "it is here")
    words = shlex.split(Workshop(Specs(copied)).own_folder[0])
    assert words[:2] == ["python", "-c"]
    subprocess.run([sys.executable, *words[1:]], check=True, cwd=tmp_path)
    assert (tmp_path / "my-actions" / "schemas" / "action.schema.json").is_file()
    assert serve == "segment-connector --specs my-actions serve"
    assert SPECS.root.as_posix() in copy
