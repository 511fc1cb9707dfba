"""Rows of workbooks, SQLite files and databases, and what is told of columns that JSON has no form for."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from bulk_support import ids, rejects_of, users
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from pyarrow import feather, parquet

from segment_connector import Connector, InputError
from segment_connector.bulk.preview import notes_on, preview
from segment_connector.bulk.read import query_rows
from segment_connector.bulk.read.database_url import shown_url
from segment_connector.bulk.read.forms import columns_of, cut, notes_of, read_blocks
from segment_connector.bulk.read.mapping import RowMapping
from segment_connector.bulk.read.partition import Partition
from segment_connector.bulk.read.reading import Reading
from segment_connector.bulk.read.sources import found_in, partitions
from segment_connector.sandbox.sandbox import Sandbox

naive = dt.datetime  # what files hold that say no zone
TRACK = Connector.load().specs.action("track")
TREE = {"event": "E", "userId": "{{ row.id }}", "messageId": "m-{{ row.id }}"}


def rows_of(path: Path, reading: Reading = Reading(), **place: Any) -> list[Any]:  # noqa: B008 - it is frozen
    return [one for partition in partitions(path, reading) for block in read_blocks(partition, None, reading)
            for one in block.records]  # fmt: skip


def run(connector: Connector, sandbox: Sandbox, source: Any, **options: Any) -> Any:
    return connector.bulk(source, sandbox.connection, action="track", mapping=TREE, **options)


# Workbooks


def workbook(path: Path, *rows: list[Any], epoch: Any = None, title: str = "Orders") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    if epoch is not None:
        book.epoch = epoch
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
def test_cells_of_a_workbook_are_what_they_are(tmp_path: Path, epoch: Any) -> None:
    path = tmp_path / "orders.xlsx"
    rows = [
        ["id", "paid at", "day", "at", "n", "ok", 2026],
        [12345, naive(2026, 1, 31, 14, 5), dt.date(2026, 1, 31), dt.time(9, 30), 1.5, True, "007"],
        [],
        ["u-2", naive(2026, 2, 1), None, None, -3, False, None],
    ]
    workbook(path, *rows, epoch=epoch)
    assert rows_of(path) == [
        {"id": 12345, "paid at": "2026-01-31T14:05:00Z", "day": "2026-01-31", "at": "09:30:00", "n": 1.5, "ok": True,
         "2026": "007"},
        {"id": "u-2", "paid at": "2026-02-01T00:00:00Z", "n": -3, "ok": False},
    ]  # fmt: skip
    (block,) = read_blocks(partitions(path)[0])
    assert [block.line(0), block.line(1)] == [2, 4]
    assert block.size == path.stat().st_size
    (note,) = notes_on(Connector.load().caller, str(path))
    assert "'paid at' have no time zone" in note
    assert rows_of(path, Reading(zone="Europe/Madrid"))[0]["paid at"] == "2026-01-31T13:05:00Z"


def test_what_has_no_value_in_a_workbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    book = workbook(path, ["id", "f", "g"], ["u-1", "=1+1", None], ["u-2", None, None])
    sheet = book.active
    assert sheet is not None
    sheet["C2"] = "#N/A"
    sheet["C2"].data_type = "e"
    sheet.merge_cells("A3:B3")
    book.save(path)
    assert rows_of(path) == [{"id": "u-1"}, {"id": "u-2"}]
    notes = notes_of(partitions(path)[0])
    assert [re.sub(r".*': ", "", note) for note in notes] == [
        "formulas without a value count as empty: B2; open and save the file in a program that calculates them",
        "cells that hold an error, such as #N/A, count as empty: C2",
        "of merged cells only the first has the value: A3:B3",
    ]


def test_the_header_is_found_below_a_title_and_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    workbook(path, ["Orders of May"], [], ["id", "n", "x"], ["u-1", 1, "y"], ["a", "b", "c"])
    assert rows_of(path) == [{"id": "u-1", "n": 1, "x": "y"}, {"id": "a", "n": "b", "x": "c"}]
    assert "row 3 is taken as the header" in notes_of(partitions(path)[0])[0]
    assert rows_of(path, Reading(header_row=4)) == [{"u-1": "a", "1": "b", "y": "c"}]
    with pytest.raises(InputError, match="row 9 of the sheet 'Orders' is empty"):
        rows_of(path, Reading(header_row=9))


@pytest.mark.parametrize(
    ("header", "message"), [(["a", "b", "a"], "columns A and C of the header are both named 'a'"),
                            (["a", None, "c"], "column B of the header has no name"), ([], "is empty")]
)  # fmt: skip
def test_a_header_that_is_wrong_is_refused(tmp_path: Path, header: list[Any], message: str) -> None:
    path = tmp_path / "orders.xlsx"
    workbook(path, header, *([[1, 2, 3]] if header else []))
    with pytest.raises(InputError, match=message):
        columns_of(partitions(path)[0])


def test_a_sheet_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = workbook(path, ["id"], ["u-1"])
    book.create_sheet("Empty")
    book.save(path)
    assert rows_of(path) == [{"id": "u-1"}]
    second = book.create_sheet("Users")
    second.append(["id"])
    second.append(["u-2"])
    book.save(path)
    with pytest.raises(InputError, match="has 2 sheets with rows: Orders, Users") as caught:
        rows_of(path)
    assert "--sheet 'Orders'" in str(caught.value.hint)
    assert rows_of(path, Reading(sheet="Users")) == rows_of(path, Reading(sheet="3")) == [{"id": "u-2"}]
    with pytest.raises(InputError, match="has no sheet 'User'") as caught:
        rows_of(path, Reading(sheet="User"))
    assert "Users" in str(caught.value.hint)


def test_a_workbook_is_delivered_once(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "anything"  # its bytes tell
    workbook(path, ["id"], *[[f"u-{n}"] for n in range(2_500)])
    result = run(quick, sandbox, path)
    assert (result.ok, result.tally.accepted, result.tally.bytes_read) == (True, 2_500, path.stat().st_size)
    assert run(quick, sandbox, path).tally.read == 0


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<broken")
    with pytest.raises(InputError, match="cannot be read"):
        rows_of(path)


# SQLite files


def database(path: Path, count: int = 10, more: str = "") -> Path:
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("CREATE TABLE users (n INTEGER PRIMARY KEY, id TEXT, raw BLOB)")
        opened.executemany("INSERT INTO users VALUES (?, ?, ?)", [(n, f"u-{n}", b"\xff") for n in range(1, count + 1)])
        opened.executescript(more)
        opened.commit()
    return path


def test_a_table_of_sqlite_is_delivered_and_what_comes_later_too(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = database(tmp_path / "users.db", 300)
    result = run(quick, sandbox, path)
    assert (result.ok, result.tally.accepted, result.tally.bytes_read) == (True, 300, path.stat().st_size)
    assert run(quick, sandbox, path).tally.read == 0
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("INSERT INTO users VALUES (500, 'late', NULL)")
        opened.commit()
    assert run(quick, sandbox, path).tally.accepted == 1
    assert users(sandbox)[-1] == "late"


def test_a_table_is_chosen_and_cut_between_rows(tmp_path: Path) -> None:
    path = database(tmp_path / "users.sqlite", 200_000, "CREATE VIEW v AS SELECT * FROM users")
    (partition,) = partitions(path)
    starts = cut(partition, 3)
    assert len(starts) == 3
    ends = [*starts[1:], None]
    found = [one["n"] for start, end in zip(starts, ends, strict=True)
             for block in read_blocks(Partition(str(path), path.name, "sqlite", start, end),
                                      RowMapping({**TREE, "properties": {"n": "{{ row.n }}"}}, TRACK))
             for one in (record["properties"] for record in block.records)]  # fmt: skip
    assert found == list(range(1, 200_001))
    with pytest.raises(InputError, match="the rows of 'v' have no numbers") as caught:
        rows_of(path, Reading(table="v"))
    assert "--order-by" in str(caught.value.hint)
    with closing(sqlite3.connect(path)) as opened:
        opened.executescript("CREATE TABLE other (a); INSERT INTO other VALUES (CAST(x'ff41' AS TEXT))")
    with pytest.raises(InputError, match="has 2 tables: other, users"):
        rows_of(path)
    (block,) = read_blocks(partition, None, Reading(table="other"))
    assert block.problems[0].code == "encoding"


# Databases


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


QUERY = "SELECT n, id, '12:30 :x' AS note FROM users WHERE id LIKE 'u-%';"


def test_a_query_is_delivered_and_goes_on_behind_what_was_sent(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = database(tmp_path / "users.db", 30)
    how = {"query": QUERY, "order_by": "n", "checkpoint": str(tmp_path / "c")}
    result = run(quick, sandbox, url_of(path), **how)
    assert (result.ok, result.tally.accepted) == (True, 30)
    assert result.tally.bytes_read > 0
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("INSERT INTO users VALUES (31, 'u-31', NULL)")
        opened.commit()
    assert run(quick, sandbox, url_of(path), **how).tally.accepted == 1
    assert ids(sandbox) == [f"m-u-{n}" for n in range(1, 32)]
    with pytest.raises(InputError, match="was made with another reading"):
        run(quick, sandbox, url_of(path), **{**how, "order_by": "id"})


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lets the database go away after as many rows as the list says."""
    after: list[int] = []
    real = query_rows._batches

    def batches(rows: Any) -> Any:
        def until() -> Iterator[Any]:
            import sqlalchemy

            for number, row in enumerate(rows):
                if after and number == after[0]:
                    reason = Exception("server closed the connection; password=s3cr3t!")
                    raise sqlalchemy.exc.OperationalError("SELECT", {}, reason)
                yield row

        return real(until())

    monkeypatch.setattr(query_rows, "_batches", batches)
    return after


def test_a_database_that_goes_away_costs_nothing_and_nothing_is_sent_twice(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, failing: list[int]
) -> None:
    path = database(tmp_path / "users.db", 3_000)
    how = {"query": QUERY, "order_by": "n", "checkpoint": str(tmp_path / "c")}
    failing.append(1_234)
    result = run(quick, sandbox, url_of(path), **how)
    assert (result.outcome, result.code, result.tally.accepted) == ("failed", "source", 1_234)
    assert "broke off after 1,234 rows" in result.message
    failing.clear()
    result = run(quick, sandbox, url_of(path), **how)
    assert (result.ok, result.tally.accepted, result.tally.skipped) == (True, 1_766, 1_234)
    assert len(ids(sandbox)) == len(set(ids(sandbox))) == 3_000


def test_without_an_order_nobody_goes_on_in_the_middle(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, failing: list[int]
) -> None:
    path = database(tmp_path / "users.db", 20)
    how = {"query": QUERY, "checkpoint": str(tmp_path / "c")}
    failing.append(7)
    result = run(quick, sandbox, url_of(path), **how)
    assert result.tally.accepted == 7
    assert any("cannot resume" in note for note in result.notes)
    result = run(quick, sandbox, url_of(path), **how)
    assert (result.code, result.tally.read) == ("order_by", 0)
    assert "--order-by" in result.hint
    failing.clear()
    assert run(quick, sandbox, url_of(path), **how, fresh=True).tally.accepted == 20


def test_rows_of_one_time_are_not_sent_twice() -> None:
    values = [naive(2026, 1, 1, hour) for hour in (5, 5, 5, 6)]
    partition, reading = Partition("db", "db", "sql"), Reading(order_by="at")
    rows = [(value, f"u-{index}") for index, value in enumerate(values)]
    forward = list(query_rows._in_order(iter(rows), 0, partition, reading))
    backward = list(query_rows._in_order(iter([*rows[2::-1], rows[3]]), 0, partition, reading))
    assert forward == backward
    assert query_rows._value_at(forward[-1][0], values[0]) == values[-1]
    for wrong in (None, "x", -1, 1.5):
        with pytest.raises(InputError, match="is not a column to resume by"):
            list(query_rows._in_order(iter([(wrong,)]), 0, partition, reading))


@pytest.mark.parametrize(
    ("query", "message"),
    [("SELECT * FROM nowhere", "no such table: nowhere"), ("SELECT 1 AS a, 2 AS a", "two columns named 'a'"),
     ("SELECT id FROM users", "no such column: segment_rows.n"), ("DELETE FROM users", "no rows|syntax error")],
)  # fmt: skip
def test_a_query_that_is_wrong_is_refused(
    quick: Connector, sandbox: Sandbox, tmp_path: Path, query: str, message: str
) -> None:
    path = database(tmp_path / "users.db")
    order = None if "1 AS a" in query else "n"
    with pytest.raises(InputError, match=message):
        run(quick, sandbox, url_of(path), query=query, order_by=order, keep_checkpoint=False)
    assert sandbox.events() == []
    with closing(sqlite3.connect(path)) as opened:
        assert opened.execute("SELECT count(*) FROM users").fetchone() == (10,)


def test_the_password_of_a_database_is_in_no_output(quick: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    source = "postgresql+psycopg://me:p%40ss:w/or@d@127.0.0.1:1/shop?sslpassword=hidden&connect_timeout=1"
    assert shown_url(source) == "postgresql+psycopg://me:***@127.0.0.1:1/shop"
    reading = Reading(query="SELECT 1", database="postgresql+psycopg://me:s3cr3t@127.0.0.1:1/shop")
    assert "s3cr3t" not in repr(reading)
    (partition,) = found_in("", reading).partitions
    with pytest.raises(InputError) as caught:
        columns_of(partition, reading)
    assert "s3cr3t" not in str(caught.value)
    assert "the database returned no rows" in str(caught.value)
    with pytest.raises(InputError, match="there is no query for the database"):
        run(quick, sandbox, source)
    with pytest.raises(InputError, match="there is no such file"):
        run(quick, sandbox, url_of(tmp_path / "nowhere.db"), query="SELECT 1")
    assert not (tmp_path / "nowhere.db").exists()
    with pytest.raises(InputError, match="a query needs a database"):
        found_in(tmp_path, Reading(query="SELECT 1"))


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, where Debian's postgresql is installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs or shutil.which("runuser") is None:
        pytest.skip("there is no PostgreSQL: run scripts/install-postgresql")
    folder = Path("/tmp") / f"segment-connector-postgres-{uuid.uuid4().hex[:8]}"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    as_user = ["runuser", "-u", "postgres", "--", "env", "-C", str(folder)]
    server = [*as_user, str(programs[-1] / "pg_ctl"), "-D", str(folder / "data"), "-w", "-l", str(folder / "log")]
    try:
        initdb = [*as_user, str(programs[-1] / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-N"]
        subprocess.run(initdb, check=True, capture_output=True)
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        subprocess.run([*server, "-o", options, "start"], check=True, capture_output=True)
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        subprocess.run([*server, "-m", "immediate", "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def test_postgres_is_read_as_rows_come(quick: Connector, sandbox: Sandbox, postgres: str) -> None:
    import sqlalchemy

    engine = sqlalchemy.create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(
            "CREATE TABLE orders AS SELECT n, 'u-' || n AS id, n / 4.0 AS total, n % 2 = 0 AS paid,"
            " gen_random_uuid() AS u,"
            " timestamptz '2026-01-31 12:00+01' + n * interval '1 second' AS at, timestamp '2026-07-01' AS naive,"
            " jsonb_build_object('a', n) AS j, ARRAY[n, 2] AS list, decode('ff', 'hex') AS raw"
            " FROM generate_series(1, 2500) n"
        ))  # fmt: skip
    engine.dispose()
    reading = Reading(database=postgres, query="SELECT * FROM orders WHERE id ~ '^u-' AND n::int > 0", order_by="at")
    (partition,) = found_in("", reading).partitions
    blocks = list(read_blocks(partition, None, reading))
    assert [len(block.records) for block in blocks] == [1_000, 1_000, 500]
    row = json.loads(blocks[0].originals[2])
    assert uuid.UUID(row.pop("u"))
    assert row == {
        "n": 3, "id": "u-3", "total": 0.75, "paid": False, "at": "2026-01-31T11:00:03Z",
        "naive": "2026-07-01T00:00:00Z", "j": {"a": 3}, "list": [3, 2],
        "raw": "(a value of type bytes cannot be written in JSON)",
    }  # fmt: skip
    how = {"query": reading.query, "order_by": "at", "keep_checkpoint": False}
    result = run(quick, sandbox, postgres, **how)
    assert (result.ok, result.tally.accepted) == (True, 2_500)
    assert any("'naive' have no time zone" in note for note in notes_of(partition, None, reading))


# Columns that JSON has no form for


def test_columns_that_nobody_names_cost_no_row_and_are_told_once(
    quick: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "users.parquet"
    table = pa.table({"id": ["u-1", "u-2"], "raw": [b"\xff", b""], "score": [float("nan"), 1.0]})
    parquet.write_table(table, path)
    result = run(quick, sandbox, path)
    assert (result.tally.accepted, result.tally.rejected) == (2, 0)
    assert result.tally.bytes_read == path.stat().st_size
    shown = list(preview(quick.caller, str(path), 5, action="track", mapping=TREE))
    assert [one.problem for one in shown] == [None, None]
    assert shown[1].record == {"id": "u-2", "score": 1.0}
    whole = {**TREE, "properties": "{{ row }}"}
    result = quick.bulk(path, sandbox.connection, action="track", mapping=whole, fresh=True)
    assert any("left out: raw (binary)" in note for note in result.notes)
    assert [reject["field"] for reject in rejects_of(result.rejects)] == ["score"]


@pytest.mark.parametrize("write", [parquet.write_table, feather.write_feather])
def test_times_without_a_zone_are_told_of_and_a_zone_is_taken(tmp_path: Path, write: Any) -> None:
    path = tmp_path / "t.arrow"
    times = [naive(2026, 1, 31, 12), None, naive(2026, 7, 1, 12, 0, 0, 250_000)]
    write(pa.table({"at": pa.array(times), "utc": pa.array(times, pa.timestamp("us", "UTC"))}), path)
    (partition,) = partitions(path)
    (note,) = notes_of(partition)
    assert "times of 'at' have no time zone and are read as UTC; --zone" in note
    reading = Reading(zone="Europe/Madrid")
    assert notes_of(partition, None, reading) == []
    assert [one["at"] for one in rows_of(path, reading)] == [
        "2026-01-31T11:00:00.000Z",
        None,
        "2026-07-01T10:00:00.250Z",
    ]
    with pytest.raises(InputError, match="there is no time zone 'Europe/Nowhere'"):
        rows_of(path, Reading(zone="Europe/Nowhere"))


def test_an_hour_that_clocks_skip_or_have_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    times = [naive(2026, 3, 29, 2, 30), naive(2026, 10, 25, 2, 30), naive(2026, 1, 1)]
    parquet.write_table(pa.table({"at": pa.array(times)}), path)
    (block,) = read_blocks(partitions(path)[0], None, Reading(zone="Europe/Madrid"))
    assert block.records == [None, None, {"at": "2025-12-31T23:00:00Z"}]
    assert "is skipped by the clocks" in block.problems[0].message
    assert "occurs twice in Europe/Madrid" in block.problems[1].message
