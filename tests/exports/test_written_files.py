"""Files of an export in a folder: kept up to date, and what somebody changed there is not lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from segment_connector import InputError
from segment_connector.exports import Written, check, manifest_of, write

MANIFEST = ".shop-connector-export.json"
FILES = {"a.txt": b"a", "in/b.txt": b"b"}


def put(folder: Path, files: Mapping[str, bytes], *, host: str = "host", force: bool = False) -> Written:
    return write(folder, files, connector="shop", host=host, options={"mode": "direct"}, force=force)


def state(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an export."""
    put(tmp_path / "made" / "here", FILES)
    return tmp_path / "made" / "here"


def test_a_folder_is_made_and_kept_up_to_date(folder: Path) -> None:
    assert state(folder) == FILES
    assert put(folder, FILES) == Written((), ())
    assert put(folder, {"a.txt": b"A", "c.txt": b"c"}) == Written(("a.txt", "c.txt"), ("in/b.txt",))
    assert state(folder) == {"a.txt": b"A", "c.txt": b"c"}
    assert not (folder / "in").exists()


def test_the_manifest_tells_what_was_written_and_how(folder: Path) -> None:
    told = json.loads((folder / MANIFEST).read_bytes())
    assert (told["host"], told["options"], list(told["files"])) == ("host", {"mode": "direct"}, ["a.txt", "in/b.txt"])
    assert manifest_of(folder, "shop") == told
    assert manifest_of(folder, "other") == {}


def test_what_is_stale_is_told(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"changed")
    (folder / "own.txt").write_bytes(b"of a person")
    digests = manifest_of(folder, "shop")["files"]
    assert list(check(folder, {"a.txt": b"a", "c.txt": b"c"}, digests)) == [
        ("a.txt", "differs"), ("c.txt", "missing"), ("in/b.txt", "left over"),
    ]  # fmt: skip


@pytest.mark.parametrize("files", [{"a.txt": b"new", "in/b.txt": b"b"}, {"in/b.txt": b"b"}], ids=["write", "remove"])
def test_what_somebody_changed_is_refused_and_nothing_is_written(folder: Path, files: dict[str, bytes]) -> None:
    (folder / "a.txt").write_bytes(b"by hand")
    before = state(folder)
    with pytest.raises(InputError, match=r"a\.txt: it was changed by hand.*--force") as refused:
        put(folder, {**files, "new.txt": b"new"})
    assert refused.value.code == "changed"
    assert state(folder) == before
    put(folder, files, force=True)
    assert state(folder) == files


def test_files_that_no_export_wrote_are_kept_unless_they_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a")
    (tmp_path / "own.txt").write_bytes(b"of a person")
    assert put(tmp_path, FILES) == Written(("in/b.txt",), ())
    assert state(tmp_path) == {**FILES, "own.txt": b"of a person"}


def test_a_folder_in_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / "c.txt").mkdir()
    for force in (False, True):
        with pytest.raises(InputError, match=r"c\.txt"):
            put(folder, {**FILES, "c.txt": b"c"}, force=force)


def test_the_export_for_another_host_is_not_written_over(folder: Path) -> None:
    with pytest.raises(InputError, match="holds the export for 'host'"):
        put(folder, FILES, host="another")


@pytest.mark.parametrize("text", ["{", "[]", '{"host": 1, "files": {}}'])
def test_a_manifest_that_cannot_be_read_is_told_and_can_be_written_over(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(InputError, match=r"manifest|read"):
        put(folder, FILES)
    put(folder, FILES, force=True)
    assert set(manifest_of(folder, "shop")["files"]) == set(FILES)


def test_nothing_outside_of_the_folder_is_touched(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"kept")
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["files"]["../../outside.txt"] = "0"
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="leads out of the folder"):
        put(folder, FILES)
    (folder / MANIFEST).unlink()
    (folder / "link.txt").symlink_to(outside)
    with pytest.raises(InputError, match="leads out of the folder"):
        put(folder, {**FILES, "link.txt": b"x"})
    assert outside.read_bytes() == b"kept"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        put(tmp_path / "file" / "below", FILES)
    (problem,) = caught.value.problems
    assert (problem.code, problem.hint) == ("unwritable", "name a folder that you may write to")
    assert "file" in str(problem.path)
