"""Files as people have them: JSON of any layout, texts of any encoding, archives."""

from __future__ import annotations

import gzip
import io
import json
import random
import sqlite3
import threading
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from bulk_support import event, ids, rejects_of, with_ids, write_lines

from segment_connector import Connector, InputError
from segment_connector.bulk.preview import preview
from segment_connector.bulk.read.encodings import encoding_of
from segment_connector.bulk.read.forms import read_blocks
from segment_connector.bulk.read.json_texts import read_texts
from segment_connector.bulk.read.partition import Block, Partition
from segment_connector.bulk.read.reading import Reading
from segment_connector.bulk.read.sources import found_in, partitions
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.sandbox.sandbox import Sandbox

DATA = Path(__file__).parents[1] / "data" / "bulk"
TEXTS = yaml_loader.read(DATA / "json_texts.yaml")
ENCODINGS = yaml_loader.read(DATA / "encodings.yaml")
EVENTS = with_ids(range(1, 4))


def delivered(connector: Connector, sandbox: Sandbox, source: Path | str, /, **options: Any) -> Any:
    return connector.bulk(source, sandbox.connection, **options)


def read(source: Path | str, reading: Reading = Reading()) -> list[Block]:  # noqa: B008 - it is frozen
    return [block for partition in partitions(source, reading) for block in read_blocks(partition, reading=reading)]


def records(blocks: list[Block]) -> list[Any]:
    return [json.loads(one) if isinstance(one, bytes) else one for block in blocks for one in block.records]


def value_of(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return "not JSON"


# JSON


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["name"])
def test_a_text_of_json_is_read_as_what_it_is(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / case.get("file", "events.json")
    path.write_text(case["text"], encoding="utf-8")
    reading = Reading(path=case.get("path"), kind_member="type")
    if "refused" in case:
        with pytest.raises(InputError) as caught:
            read(path, reading)
        assert case["refused"] in str(caught.value)
        assert caught.value.hint
        return
    (partition,) = partitions(path, reading)
    blocks = list(read_blocks(partition))
    found = [block.problems[index].code if index in block.problems else value_of(one)
             for block in blocks for index, one in enumerate(block.records) if one is None or one.strip()]  # fmt: skip
    assert partition.format == case.get("format", "json")
    assert found == case["records"]
    if "places" in case:
        places = [[block.line(at), block.column(at)] for block in blocks for at in range(len(block.records))]
        assert places == case["places"]


@pytest.mark.parametrize("indent", [None, 1, 2])
@pytest.mark.parametrize("inside", ["", "data.events"])
def test_reading_goes_on_behind_any_event(tmp_path: Path, indent: int | None, inside: str) -> None:
    dice = random.Random(5)
    rows = [event(n, note='},{"\\' * dice.randrange(3), list=[{"a": n}, {"b": []}]) for n in range(200)]
    document = {"meta": [1], "data": {"n": 1, "events": rows, "more": [{}]}, "z": {}} if inside else rows
    path = tmp_path / "events.json"
    path.write_text(json.dumps(document, indent=indent))
    partition = Partition(str(path), path.name, "json", inside=inside)
    for size in (1, 500, 64_000):
        blocks = list(read_texts(partition, size))
        assert records(blocks) == rows
        assert blocks[-1].end == path.stat().st_size
        assert [block.start for block in blocks[1:]] == [block.end for block in blocks[:-1]]
        bounds = [at for block in blocks for at in block.bounds()[:-1]]
        places = [(block.line(at), block.column(at)) for block in blocks for at in range(len(block.records))]
        for index in (1, 77, 199):
            rest = list(read_texts(Partition(*_fields(partition), bounds[index], inside=inside), size))
            assert records(rest) == rows[index:]
            assert (rest[0].line(0), rest[0].column(0)) == places[index]
        part = Partition(*_fields(partition), bounds[3], bounds[9], inside=inside)
        assert records(list(read_texts(part, size))) == rows[3:9]


def _fields(partition: Partition) -> tuple[str, str, str]:
    return partition.path, partition.name, partition.format


def test_a_list_is_delivered_and_its_rejects_have_line_and_column(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "events.json"
    path.write_text(json.dumps([EVENTS[0], {"type": "track", "userId": "u"}, EVENTS[1]], indent=2) + "\n")
    result = delivered(quick, sandbox, path)
    assert result.ok
    assert ids(sandbox) == ["m-1", "m-2"]
    (reject,) = rejects_of(result.rejects)
    assert (reject["line"], reject["column"], reject["field"]) == (9, 3, "event")
    assert result.tally.bytes_read == path.stat().st_size
    assert delivered(quick, sandbox, path).tally.read == 0


def test_an_event_that_is_too_long_costs_none_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text(json.dumps([event(1), event(2, note="x" * 1_500_000), event(3)]))
    (partition,) = partitions(path)
    blocks = list(read_blocks(partition))
    assert [one and json.loads(one)["userId"] for block in blocks for one in block.records] == ["u-1", None, "u-3"]
    assert [problem.code for block in blocks for problem in block.problems.values()] == ["too_large"]


# Encodings


@pytest.mark.parametrize("case", ENCODINGS, ids=lambda case: case["name"])
def test_an_encoding_is_told_by_the_bytes(case: dict[str, Any]) -> None:
    raw = case["text"].encode(case["encoding"])
    found = encoding_of(raw)
    assert raw.decode(found.codec or "utf-8") == case["text"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
def test_a_table_of_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes("Kunde;Betrag\nMüller;18,48 €\nGroß;1 €\n".encode(encoding))
    blocks = read(path)
    assert records(blocks) == [{"Kunde": "Müller", "Betrag": "18,48 €"}, {"Kunde": "Groß", "Betrag": "1 €"}]
    assert sum(block.size or 0 for block in blocks) == path.stat().st_size
    notes = found_in(path).notes
    assert [("Windows-1252" in note, "--encoding" in note) for note in notes] == [(True, True)] * (encoding == "cp1252")


def test_a_letter_beyond_ascii_is_found_however_late_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"id,name\n" + b"1,Mary\n" * 40_000 + "2,Begoña\n".encode("cp1252"))
    assert records(read(path))[-1] == {"id": "2", "name": "Begoña"}


def test_a_mixture_of_encodings_is_told_with_row_and_place(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes("id,name\n1,Zoë\n".encode() + "2,Renée\n".encode("cp1252") + b"3,Al\n")
    (found,) = found_in(path).notes
    assert "mixes UTF-8" in found
    (block,) = read(path)
    assert block.records == [{"id": "1", "name": "Zoë"}, None, {"id": "3", "name": "Al"}]
    assert block.line(1) == 3
    assert block.problems[1].field == "name"
    assert "0xe9, which is 'é' in Windows-1252" in block.problems[1].message
    assert "LATIN1" not in str(block.problems[1])
    assert records(read(path, Reading(encoding="cp1252")))[0] == {"id": "1", "name": "ZoÃ«"}


def test_what_an_encoding_does_not_have_is_told(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"id,name\n1,a\x81b\n2,c\n")
    (block,) = read(path, Reading(encoding="cp1252"))
    assert "not valid Windows-1252 (0x81)" in block.problems[0].message
    with pytest.raises(InputError, match="there is no encoding 'cp9999'"):
        read(path, Reading(encoding="cp9999"))
    with pytest.raises(InputError, match="there is no time zone 'Mars/Base'"):
        read(path, Reading(zone="Mars/Base"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "cp1252"])
def test_lines_of_json_in_another_encoding(quick: Connector, sandbox: Sandbox, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "events.jsonl"
    text = "".join(json.dumps(event(n, messageId=f"m-{n}", properties={"city": "Köln"}), ensure_ascii=False) + "\n"
                   for n in range(3))  # fmt: skip
    path.write_bytes(text.encode(encoding))
    said = {"encoding": encoding} if encoding == "cp1252" else {}
    assert delivered(quick, sandbox, path, **said).ok
    assert [one["body"]["properties"] for one in sandbox.events()] == [{"city": "Köln"}] * 3
    assert delivered(quick, sandbox, path, **said).tally.read == 0


# Rows of text


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("name, given;age\nA;5\nB;6\n", {"name, given": "A", "age": "5"}),
        ("a,b;c,d\n1;2\n3;4\n", {"a,b": "1", "c,d": "2"}),
        ("id,'full name'\n1,'A, B'\n2,'C, D'\n", {"id": "1", "full name": "A, B"}),
        ("id,said\n1,it's\n2,he's\n", {"id": "1", "said": "it's"}),
        ("id|said\n1|a,b\n2|c,d\n", {"id": "1", "said": "a,b"}),
    ],
)
def test_rows_tell_what_parts_cells_and_what_they_are_put_into(tmp_path: Path, text: str, row: dict[str, str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert records(read(path))[0] == row


# What is packed


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


LINES = "".join(json.dumps(one) + "\n" for one in EVENTS).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.zip", zipped({"export/events.jsonl": LINES, "__MACOSX/export/._events.jsonl": b"x", "export/": b""})),
        ("events.zip", zipped({"../../../etc/events.jsonl": LINES})),
        ("events.jsonl.zip", zipped({"events.jsonl.gz": gzip.compress(LINES)})),
        ("events.zip", zipped({"events": json.dumps(EVENTS, indent=1).encode()})),
        ("export.bin", zipped({"events.json": json.dumps({"events": EVENTS}).encode()})),
        ("events.jsonl.gz", b"".join(gzip.compress(line + b"\n") for line in LINES.splitlines())),
        ("events", LINES),
        ("events.csv.json", json.dumps(EVENTS).encode()),
    ],
)
def test_what_is_in_a_file_is_told_by_its_bytes(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert delivered(quick, sandbox, path).ok
    assert ids(sandbox) == ["m-1", "m-2", "m-3"]
    assert delivered(quick, sandbox, path).tally.read == 0
    assert not list(tmp_path.parent.glob("etc*"))


def test_a_zip_of_several_files_names_them_and_one_is_chosen(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zipped({"a.jsonl": LINES, "more/b.jsonl": LINES.replace(b'"m-', b'"n-')}))
    with pytest.raises(InputError, match=r"holds 2 files: a\.jsonl, more/b\.jsonl") as caught:
        delivered(quick, sandbox, path)
    assert f"{path}/a.jsonl" in str(caught.value.hint)
    assert delivered(quick, sandbox, f"{path}/more/b.jsonl").ok
    assert delivered(quick, sandbox, path, path="a.jsonl").ok
    assert sorted(ids(sandbox)) == ["m-1", "m-2", "m-3", "n-1", "n-2", "n-3"]
    assert (tmp_path / "all.zip.more_b.jsonl.checkpoint").exists()
    with pytest.raises(InputError, match=r"has no file 'b\.jsonl'"):
        partitions(f"{path}/b.jsonl")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({"events.jsonl": b" " * 60_000_000}))
    with pytest.raises(InputError, match="would become 60,000,000 bytes"):
        delivered(quick, sandbox, path)
    path.write_bytes(zipped({"events.jsonl": LINES})[:-30])
    with pytest.raises(InputError, match="is a damaged archive"):
        delivered(quick, sandbox, path)


def test_files_of_all_forms_in_one_folder(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_lines(folder / "a.jsonl", EVENTS[:1])
    (folder / "b.json").write_text(json.dumps(EVENTS[1:2], indent=1))
    (folder / "c.zip").write_bytes(zipped({"c.json": json.dumps({"batch": EVENTS[2:]}).encode()}))
    result = delivered(quick, sandbox, folder, workers=2)
    assert (result.ok, result.tally.accepted) == (True, 3)
    assert sorted(ids(sandbox)) == ["m-1", "m-2", "m-3"]
    assert delivered(quick, sandbox, folder).tally.read == 0


def test_what_a_library_posted_is_read_with_what_is_said_of_all(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "post.json"
    path.write_text(json.dumps({"batch": EVENTS, "context": {"app": {"name": "shop"}}}, indent=1))
    assert delivered(quick, sandbox, path).ok
    assert [one["body"]["context"]["app"] for one in sandbox.events()] == [{"name": "shop"}] * 3


# Stop, and go on


def _sources(folder: Path, count: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """The same events in each form, with what has to be said."""
    rows = [(number, f"u-{number}", f"m-{number}", "Zoë") for number in range(count)]
    events = [event(number, messageId=f"m-{number}") for number in range(count)]
    table = {"action": "track", "mapping": {
        "event": "E", "userId": "{{ row.user }}", "messageId": "{{ row.mid }}",
        "properties": {"name": "{{ row.name }}"},
    }}  # fmt: skip
    (folder / "a.json").write_text(json.dumps(events))
    (folder / "b.json").write_text(json.dumps({"data": {"events": events}}, indent=2))
    (folder / "c.json").write_text("\n".join(json.dumps(one, indent=1) for one in events))
    (folder / "d.zip").write_bytes(zipped({"d.json": json.dumps(events).encode()}))
    (folder / "e.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-16")
    text = "n;user;mid;name\n" + "".join(f"{';'.join(map(str, row))}\n" for row in rows)
    (folder / "f.csv").write_text(text, encoding="cp1252")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [("n", "user", "mid", "name"), *rows]:
        book.active.append(row)
    book.save(folder / "g.xlsx")
    with closing(sqlite3.connect(folder / "h.db")) as database:
        database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, user TEXT, mid TEXT, name TEXT)")
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        database.commit()
    query = {"query": "SELECT * FROM t", "order_by": "n", "checkpoint": str(folder / "i.checkpoint"), **table}
    return {
        **{name: (str(folder / name), {}) for name in ("a.json", "b.json", "c.json", "d.zip", "e.jsonl")},
        **{name: (str(folder / name), table) for name in ("f.csv", "g.xlsx", "h.db")},
        "query": (f"sqlite:///{folder / 'h.db'}", query),
    }


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, dict[str, Any]]]:
    return _sources(tmp_path_factory.mktemp("forms"), 3_000)


@pytest.mark.parametrize("name", ["a.json", "b.json", "c.json", "d.zip", "e.jsonl", "f.csv", "g.xlsx", "h.db", "query"])
def test_a_run_that_is_stopped_goes_on_behind_what_was_sent(
    quick: Connector, sandbox: Sandbox, sources: dict[str, tuple[str, dict[str, Any]]], name: str
) -> None:
    source, how = sources[name]
    stop = threading.Event()

    def watch(progress: Any) -> None:
        if progress.tally.accepted >= 500:
            stop.set()

    result = quick.bulk(source, sandbox.connection, on_progress=watch, stop=stop, connections=1,
                        events_per_second=4_000, fresh=True, **how)  # fmt: skip
    assert result.outcome == "stopped"
    first = result.tally
    assert 500 <= first.accepted < 3_000
    result = quick.bulk(source, sandbox.connection, **how)
    assert (result.ok, result.tally.skipped) == (True, first.read)
    assert first.accepted + result.tally.accepted == 3_000
    assert sorted(ids(sandbox)) == sorted(f"m-{number}" for number in range(3_000))
    assert quick.bulk(source, sandbox.connection, **how).tally.read == 0


def test_several_workers_read_every_form(
    quick: Connector, sandbox: Sandbox, sources: dict[str, tuple[str, dict[str, Any]]]
) -> None:
    for name in ("b.json", "f.csv", "g.xlsx", "h.db"):
        source, how = sources[name]
        result = quick.bulk(source, sandbox.connection, workers=2, keep_checkpoint=False, **how)
        assert (result.ok, result.tally.accepted) == (True, 3_000)


@pytest.mark.parametrize("dry_run", [True, False])
def test_rows_that_nobody_said_anything_of_are_refused_once(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, *, dry_run: bool
) -> None:
    source = tmp_path / "orders.csv"
    source.write_text("customer;total\nu-1;5\nu-2;6\n", encoding="utf-8")
    with pytest.raises(InputError, match="it has no column 'type'") as error:
        delivered(quick, sandbox, source, dry_run=dry_run)
    assert "--suggest-map" in (error.value.hint or "")
    with pytest.raises(InputError, match="it has no column 'type'"):
        list(preview(quick.caller, str(source), 1))
    source.write_text("type;event;userId\ntrack;Seen;u-1\n", encoding="utf-8")
    assert delivered(quick, sandbox, source, dry_run=dry_run).tally.read == 1
