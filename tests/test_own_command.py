"""A connector that brings its own command: the example is installed as a package, and run under its own name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import second
from cli_support import environment

from segment_connector import __version__

ROOT = Path(__file__).resolve().parent.parent
KEY = "k-1234567"


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The command, from a package in an environment that borrows all else of the one that runs the tests."""
    folder = tmp_path_factory.mktemp("own")
    source = shutil.copytree(second.EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    venv.create(folder / "venv", with_pip=False, symlinks=os.name != "nt")
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(said_by(str(python), "-c", query, folder=folder).strip())
    borrowed = dict.fromkeys((str(ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (own / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    said_by(*pip, "--no-build-isolation", "--ignore-installed", str(source), folder=folder)
    return str(python.with_name("parcels"))


def said_by(command: str, *arguments: str, folder: Path, code: int = 0, **variables: str) -> str:
    """All that the program writes, run in another folder than that of the specs."""
    clean = {name: value for name, value in environment().items() if not name.startswith(("PYTHON", "PARCELS_"))}
    done = subprocess.run(
        [command, *arguments], cwd=folder, env={**clean, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["--version"], 0, f"segment-connector {__version__}"),
        (["--help"], 0, "Call Parcels through actions that are written as data."),
        (["--help"], 0, "parcels preview ACTION -p NAME=VALUE"),
        (["--help"], 0, "PARCELS_CONNECTOR_SPECS"),
        (["run", "--help"], 0, "parcels run list_parcels -p page:=2 -p per_page:=50"),
        (["serve", "--help"], 0, "PARCELS_CONNECTOR_TOKEN"),
        (["test-connection", "--help"], 0, "PARCELS_API_KEY"),
        (["list"], 0, "cancel_parcel  delete  Cancel a parcel for good."),
        (["show", "get_depot"], 0, "  parcels run get_depot -p depotId=d-1\n"),
        (["show", "nothing"], 2, "hint: see 'parcels list'"),
        (["preview", "list_depots"], 0, f"User-Agent: parcels segment-connector/{__version__}\n"),
        (["run", "list_depots", "--sandbox", "--all"], 0, '{"id":"d-3","city":"Bern","open":true}'),
        (["test-connection"], 1, "hint: 'parcels test-connection --help' lists the variables"),
        (["check"], 0, "7 actions, no problems"),
        (["catalog", "flows", "--format", "md"], 0, "PARCELS_SEND"),
    ],
)
def test_it_works_under_its_own_name(
    parcels: str, tmp_path: Path, arguments: list[str], code: int, expected: str
) -> None:
    said = said_by(parcels, *arguments, folder=tmp_path, code=code)
    assert expected in said
    assert "SEGMENT" not in said
    assert "Twilio" not in said


def test_its_pages_name_it(parcels: str, tmp_path: Path) -> None:
    said_by(parcels, "docs", "--out", "pages", folder=tmp_path)
    pages = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in tmp_path.rglob("*.md")}
    page = pages["pages/actions/parcels/create_parcel.md"]
    assert "parcels run create_parcel -p city=Bern" in page
    assert 'Connector.load("DIR")' in page
    assert "parcels test-connection" in pages["pages/connection.md"]
    assert "parcels catalog flows --format json" in pages["pages/platforms/flows.md"]
    assert [name for name, text in pages.items() if "Segment" in text] == []


def test_the_general_program_serves_the_same_specs(parcels: str, tmp_path: Path) -> None:
    """Other specs than the command's own are taken from a folder, by either program."""
    folder = second.changed(tmp_path, title="Boxes", name="boxes", command=None)
    assert "Call Boxes through actions" in said_by(parcels, "--specs", str(folder), "--help", folder=tmp_path)
    variables = {"PARCELS_CONNECTOR_SPECS": str(folder)}
    assert "Call Boxes through actions" in said_by(parcels, "--help", folder=tmp_path, **variables)
    shown = said_by(parcels, "preview", "list_depots", "--json", folder=tmp_path, PARCELS_API_KEY=KEY, **variables)
    assert json.loads(shown)["headers"]["User-Agent"] == f"boxes segment-connector/{__version__}"
