"""``erase``: ids from a file, asked once, in parts, resumable, with a proof that contains no ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import Said, cli

from segment_connector import Connector
from segment_connector.errors import InputError
from segment_connector.jobs.entry_file import read_entries
from segment_connector.jobs.job_runner import JobRunner
from segment_connector.jobs.proof import read_proof
from segment_connector.language.job_records import read_job
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

SUPPRESS = ("--type", "SUPPRESS_WITH_DELETE")


@pytest.fixture(scope="module")
def served(specs: Specs) -> Iterator[Sandbox]:
    with Sandbox(specs) as sandbox:
        yield sandbox


class Erasing:
    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.file = sandbox, folder / "ids.csv"
        self.proof_file = folder / "ids.csv.proof.json"

    def write(self, *ids: str, head: str = "userId") -> None:
        self.file.write_text("\n".join([head, *ids]) + "\n", encoding="utf-8")

    def erase(self, *arguments: str) -> Said:
        return cli("erase", "--file", str(self.file), *arguments, env=self.sandbox.environment)

    @property
    def proof(self) -> Any:
        return json.loads(self.proof_file.read_text(encoding="utf-8"))

    @property
    def regulations(self) -> list[dict[str, Any]]:
        """What was asked beside what was there at the beginning."""
        return list(self.sandbox.state()["public"]["/regulations"][2:])


@pytest.fixture
def erasing(served: Sandbox, tmp_path: Path) -> Erasing:
    served.clear()
    return Erasing(served, tmp_path)


def test_it_asks_once_with_the_number_typed_in(erasing):
    erasing.write("u-1", "u-2", "u-1", "", "u-3")
    said = erasing.erase(*SUPPRESS)
    assert said.code == 2
    assert "add --count 3 to confirm all 3 ids" in said.stderr
    assert "3 ids in" in said.stdout
    assert "1 repeated and left out, 1 empty line" in said.stdout
    assert "It cannot be brought back." in said.stdout

    assert erasing.erase(*SUPPRESS, "--count", "4").code == 2
    assert erasing.regulations == []
    assert erasing.erase(*SUPPRESS, "--dry-run").code == 0
    assert not erasing.proof_file.exists()

    assert erasing.erase(*SUPPRESS, "--count", "3").code == 0
    assert [one["subjects"] for one in erasing.regulations] == [["u-1", "u-2", "u-3"]]


def test_the_proof_tells_what_was_asked_and_no_id(erasing):
    erasing.write("secret-person-1", "secret-person-2")
    assert erasing.erase(*SUPPRESS, "--count", "2", "--json").json["parts"][0]["sending"] == "asked"
    proof = erasing.proof
    assert proof["parts"][0]["id"] == erasing.regulations[0]["id"]
    assert proof["count"] == 2
    assert len(proof["checksum"]) == 64
    assert "secret-person" not in json.dumps(proof)
    assert erasing.proof_file.stat().st_mode & 0o077 == 0


def test_many_ids_go_in_parts_of_what_one_call_takes(erasing):
    erasing.write(*(f"u-{number}" for number in range(12_001)))
    assert "3 calls to make" in erasing.erase(*SUPPRESS, "--dry-run").stdout
    assert erasing.erase(*SUPPRESS, "--count", "12001").code == 0
    assert [len(one["subjects"]) for one in erasing.regulations] == [5000, 5000, 2001]
    assert [part["first"] for part in erasing.proof["parts"]] == [1, 5001, 10001]


def test_a_run_that_was_cut_off_goes_on_where_it_ended(erasing):
    erasing.write(*(f"u-{number}" for number in range(10_001)))
    erasing.erase(*SUPPRESS, "--dry-run")
    proof = erasing.proof_file
    erasing.sandbox.fault(path="/public/regulations", status=403, times=1)
    said = erasing.erase(*SUPPRESS, "--count", "10001")
    assert said.code == 1
    assert "the same command continues from here" in said.stderr
    assert [part["sending"] for part in erasing.proof["parts"]] == ["refused", "open", "open"]

    told = erasing.proof
    told["parts"][0].update(sending="asked", id="r-1")
    told["parts"][1]["sending"] = "sending"  # as a process leaves it that dies in the middle of a call
    proof.write_text(json.dumps(told), encoding="utf-8")
    said = erasing.erase(*SUPPRESS, "--count", "5001")
    assert said.code == 0
    assert "for 1 of them it is unknown whether they were made" in said.stderr
    assert [len(one["subjects"]) for one in erasing.regulations] == [5000, 1]
    assert "everything was requested already" in erasing.erase(*SUPPRESS).stdout


def test_a_proof_of_something_else_is_refused(erasing):
    erasing.write("u-1")
    erasing.erase(*SUPPRESS, "--count", "1")
    said = erasing.erase("--type", "DELETE_ONLY", "--count", "1")
    assert (said.code, "the proof is of other inputs" in said.stderr) == (2, True)
    erasing.write("u-2")
    said = erasing.erase(*SUPPRESS, "--count", "1")
    assert (said.code, "the proof is of other ids" in said.stderr) == (2, True)
    erasing.proof_file.write_text("{}", encoding="utf-8")
    said = erasing.erase(*SUPPRESS, "--count", "1")
    assert (said.code, "is not a proof of a job" in said.stderr) == (2, True)
    assert len(erasing.regulations) == 1


def test_the_states_of_regulations_are_followed_to_their_end(erasing):
    erasing.write("u-1")
    assert erasing.erase(*SUPPRESS, "--count", "1", "--follow").code == 3
    assert erasing.proof["parts"][0]["state"] == "INITIALIZED"
    said = cli("erase", "--follow", "--proof", str(erasing.proof_file), "--wait", "5", env=erasing.sandbox.environment)
    assert said.code == 0
    assert "FINISHED" in said.stdout
    assert erasing.proof["parts"][0]["state"] == "FINISHED"


def test_one_source_is_asked_where_one_is_named(erasing):
    erasing.write("a-1", head="anonymousId")
    source = ("--source", "qQEHquLrjRDN9j1ByrChyn", "--subject", "ANONYMOUS_ID")
    assert erasing.erase(*SUPPRESS, "--subject", "ANONYMOUS_ID", "--count", "1").code == 2
    assert erasing.erase(*SUPPRESS, *source, "--count", "1").code == 0
    assert erasing.regulations[0]["sourceId"] == "qQEHquLrjRDN9j1ByrChyn"


def test_an_option_that_is_missing_is_named(erasing):
    erasing.write("u-1")
    assert "error: --type: is required" in erasing.erase("--count", "1").stderr


def test_more_than_the_service_takes_in_a_month_is_refused_before_anything_is_sent(erasing):
    erasing.write(*(f"u-{number}" for number in range(110_001)))
    said = erasing.erase(*SUPPRESS, "--count", "110001")
    assert said.code == 2
    assert "the service takes 110,000 in 30 days" in said.stderr
    assert erasing.regulations == []


@pytest.mark.parametrize(
    ("text", "values", "doubt"),
    [
        ("userId\nu-1\nu-2\n", ["u-1", "u-2"], None),
        ("u-1\r\nu-2", ["u-1", "u-2"], "the first line is read as an id"),
        ("email;userId\r\na@x;u-1\r\nb@x;u-2\r\n", ["u-1", "u-2"], None),
        ("\ufeffuser_id\n+48100\n007\n", ["+48100", "007"], None),
        ('userId\n"a,b"\n"c""d"\n', ["a,b", 'c"d'], None),
        ("userId\n1.2E+10\n", ["1.2E+10"], "a spreadsheet has shortened: 1 (line 2)"),
        ("userId\n u-1\n", [" u-1"], "blanks before or behind"),
        ("userId\nnull\n", ["null"], "words for nothing"),
    ],
)
def test_ids_are_read_letter_by_letter(tmp_path, specs, text, values, doubt):
    path = tmp_path / "ids.csv"
    path.write_text(text, encoding="utf-8", newline="")
    found = read_entries(str(path), read_job(specs.root, "erase").entries, None)
    assert found.values == values
    assert doubt is None or any(doubt in one for one in found.doubts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "the file contains no id"),
        (b"userId\n\n", "the file contains no id"),
        (b"userId\nu-\xff\n", "the file is not UTF-8"),
        (b"userId\nu-\x00\n", "control character"),
        (b"name,email\na,b\n", "no column is known to hold the ids"),
        (b"userId,anonymousId\na,b\n", "several columns may hold the ids"),
    ],
)
def test_a_file_that_holds_no_ids_is_refused(tmp_path, specs, text, message):
    path = tmp_path / "ids.csv"
    path.write_bytes(text)
    with pytest.raises(InputError) as raised:
        read_entries(str(path), read_job(specs.root, "erase").entries, None)
    assert message in raised.value.problems[0].message


def test_what_is_wrong_with_a_later_part_is_told_before_the_first_call(erasing, specs, tmp_path):
    connector = Connector(specs, max_retries=0)
    runner = JobRunner(read_job(specs.root, "erase"), connector.caller)
    erasing.write("u-1")
    entries = read_entries(str(erasing.file), runner.job.entries, None)
    with pytest.raises(InputError):
        runner.plan({"type": "NOTHING"}, entries, "ids.csv", None, str(tmp_path / "p"), erasing.sandbox.connection)
    assert read_proof(str(tmp_path / "p")) is None
