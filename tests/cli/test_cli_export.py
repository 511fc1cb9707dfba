"""``export``: hosts listed, files listed, written and held, with the command that mends what is stale."""

from __future__ import annotations

from pathlib import Path

from cli_support import cli

from segment_connector.exports import host_names

HOST = "power-platform"


def test_the_hosts_are_listed() -> None:
    said = cli("export")
    assert said.code == 0
    assert [line.split()[0] for line in said.stdout.splitlines()] == host_names()


def test_without_a_folder_the_files_are_listed_and_nothing_is_written(tmp_path: Path) -> None:
    said = cli("export", HOST, "--groups", "sources")
    assert said.code == 0
    assert "sources/apiDefinition.swagger.json" in said.stdout
    assert f"export {HOST} DIR --groups sources" in said.stderr
    assert not list(tmp_path.iterdir())


def test_an_export_is_written_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    said = cli("export", HOST, str(folder), "--group", "sources", "--allow", "read,write")
    assert said.code == 0, said.stderr
    assert "actions, service mode;" in said.stdout
    assert "0 removed\n\nNext:\n" in said.stdout
    assert "<" not in said.stdout
    again = cli("export", HOST, str(folder), "--group", "sources", "--allow", "read,write")
    assert "; 0 changed, 0 removed" in again.stdout


def test_a_stale_export_is_told_with_the_command_that_mends_it(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert cli("export", HOST, str(folder), "--group", "sources", "--mode", "direct").code == 0
    said = cli("export", HOST, str(folder), "--check")
    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.endswith("files, none stale\n")
    (folder / "sources" / "apiDefinition.swagger.json").write_text("{}")
    said = cli("export", HOST, str(folder), "--check")
    assert said.code == 1
    assert "apiDefinition.swagger.json: differs" in said.stdout
    assert f"export {HOST} {folder} --mode direct --groups sources'" in said.stderr
    refused = cli("export", HOST, str(folder), "--group", "sources", "--mode", "direct")
    assert refused.code == 2
    assert "--force" in refused.stderr
    assert cli("export", HOST, str(folder), "--group", "sources", "--mode", "direct", "--force").code == 0
    assert cli("export", HOST, str(folder), "--check").code == 0


def test_many_stale_files_are_told_in_short(tmp_path: Path) -> None:
    said = cli("export", HOST, str(tmp_path / "none"), "--check")
    assert said.code == 1
    assert "... and " in said.stdout


def test_wrong_words_are_refused_with_the_nearest(tmp_path: Path) -> None:
    folder = str(tmp_path / "out")
    for words, cure in {
        ("power-platfrom", folder): "did you mean 'power-platform'?",
        (HOST, folder, "--mode", "directt"): "did you mean 'direct'?",
        (HOST, folder, "--group", "source"): "did you mean 'sources'?",
        (HOST, folder, "--allow", "reed"): "did you mean 'read'?",
        (HOST, "--check"): "needs DIR",
        (HOST, folder, "--check", "--force"): "leave out --force",
    }.items():
        said = cli("export", *words)
        assert said.code == 2
        assert cure in said.stderr
    assert not (tmp_path / "out").exists()
