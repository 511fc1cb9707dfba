"""Rows of tables: what is read of CSV, Parquet and Arrow files, and what becomes of what is wrong in them."""

from __future__ import annotations

import csv
import datetime
import decimal
import gzip
import io
import itertools
import json
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, orc, parquet
from strategies import examples

from segment_connector import Connector, InputError
from segment_connector.bulk.read import csv_text
from segment_connector.bulk.read.arrow_values import has_no_form
from segment_connector.bulk.read.csv_dialect import Dialect
from segment_connector.bulk.read.csv_rows import read_csv
from segment_connector.bulk.read.forms import columns_of, cut, read_blocks
from segment_connector.bulk.read.mapping import RowMapping
from segment_connector.bulk.read.partition import Block, Partition
from segment_connector.bulk.read.reading import Reading
from segment_connector.bulk.read.sources import partitions
from segment_connector.language import yaml_reader as yaml_loader

DATA = Path(__file__).parents[1] / "data" / "bulk"
CASES = yaml_loader.read(DATA / "csv.yaml")
TRACK = Connector.load().specs.action("track")


UNKNOWN = "neither its name nor its first bytes show a known format"


def write(path: Path, content: str | bytes) -> Partition:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Partition(str(path), path.name, "csv")


def rows_of(blocks: Any) -> list[Any]:
    return [record for block in blocks for record in block.records]


def mapping(**properties: str) -> RowMapping:
    return RowMapping({"event": "E", "userId": "{{ row.id }}", "properties": properties}, TRACK)


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=6)
READABLE = [case for case in CASES if "refused" not in case]
PIECES = [(case, size) for case in READABLE for size in (1, 7, 128_000) if size > 7 or "in_one_piece" not in case]


TANGLES = st.lists(
    st.sampled_from(
        ['"', ",", "\n", "a", '""', "\r\n", '"\n', '\n"', ',"', '",', '"a"', 'b","c\n', '5" nail', "\r", "\0"]
    ),
    max_size=60,
)  # fmt: skip


def rows_by_rule(text: str, patience: int) -> tuple[list[tuple[str, int]], int]:
    """What the rows of a text are, told the long way: every row with an error is given up with the line it begins on.

    :returns: cells, or the error, and lines of each row; and the characters left over because a quote is open.
    """
    found: list[tuple[str, int]] = []
    while text:
        lines = io.StringIO(text, newline="\n").readlines()
        reader = csv.reader(lines, strict=True)
        try:
            row, height = str(next(reader)), reader.line_num
        except csv.Error as error:
            if "unexpected end" in str(error) and len(text) <= patience:
                break
            row, height = str(error), 1
        found.append((row, height))
        text = "".join(lines[height:])
    return found, len(text)


def case_file(case: dict[str, Any], folder: Path) -> Partition:
    return write(folder / "t.csv", bytes.fromhex(case["bytes"]) if "bytes" in case else case["text"])


class TestCsv:
    @pytest.mark.parametrize(("case", "size"), PIECES, ids=lambda one: one["name"] if isinstance(one, dict) else one)
    def test_what_is_read(self, case: dict[str, Any], size: int, tmp_path: Path) -> None:
        blocks = list(read_csv(case_file(case, tmp_path), size=size))
        assert rows_of(blocks) == case["rows"]
        problems = [
            f"{block.line(index)} {problem.code} {problem.message}"
            for block in blocks
            for index, problem in sorted(block.problems.items())
        ]
        for problem, expected in itertools.zip_longest(problems, case.get("problems", ())):
            assert problem.startswith(expected)
        lines = [block.line(index) for block in blocks for index in range(len(block.records))]
        assert lines == case.get("lines", lines)
        positions = [at for block in blocks for at in block.bounds()[:-1]]
        assert positions == case.get("positions", list(range(len(case["rows"]))))
        originals = [block.originals.get(index) for block in blocks for index in range(len(block.records))]
        for index, original in case.get("originals", {}).items():
            assert originals[int(index)] == original

    @pytest.mark.parametrize("case", [case for case in CASES if "refused" in case], ids=lambda case: case["name"])
    def test_what_is_no_table_is_refused(self, case: dict[str, Any], tmp_path: Path) -> None:
        partition = case_file(case, tmp_path)
        for read in (lambda: list(read_blocks(partition)), lambda: columns_of(partition)):
            with pytest.raises(InputError) as caught:
                read()
            (problem,) = caught.value.problems
            assert problem.message.startswith(case["refused"])
            assert problem.hint
            assert problem.path == partition.path

    @pytest.mark.parametrize("case", READABLE, ids=lambda case: case["name"])
    def test_reading_goes_on_at_any_row(self, case: dict[str, Any], tmp_path: Path) -> None:
        partition = case_file(case, tmp_path)
        (whole, *_), start = [*read_csv(partition), Block(0, 0, [])], 0
        bounds = list(whole.bounds())
        for start, end in itertools.combinations(bounds, 2):
            part = Partition(partition.path, partition.name, "csv", start, end)
            first, after = bounds.index(start), bounds.index(end)
            assert rows_of(read_csv(part)) == case["rows"][first:after]
            assert [block.start for block in read_csv(part)] == [start]
            (block,) = read_csv(part)
            assert [block.line(index) for index in range(after - first)] == [
                whole.line(index) for index in range(first, after)
            ]
            assert [block.originals.get(index) for index in range(after - first)] == [
                whole.originals.get(index) for index in range(first, after)
            ]

    @given(
        st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=9),
        st.sampled_from(",;\t|"),
        st.sampled_from(["\n", "\r\n"]),
        st.integers(1, 40),
    )  # fmt: skip
    @examples(200)
    def test_what_a_writer_wrote_comes_back(
        self, tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, end: str, size: int
    ) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
        writer.writerows([["a", "b"], *rows])
        path = tmp_path_factory.getbasetemp() / "round.csv"
        blocks = list(read_csv(write(path, text.getvalue()), size=size))
        assert rows_of(blocks) == [{k: v for k, v in zip("ab", row, strict=True) if v} for row in rows]
        shown = [block.originals[index] for block in blocks for index in range(len(block.records))]
        again = csv.reader(io.StringIO("\n".join(["", *shown]), newline=""), delimiter=delimiter)
        assert [row for row in again if row] == rows

    @given(TANGLES, st.sampled_from([0, 5, 40]))
    @examples(400)
    def test_stray_quotes_cost_the_lines_that_their_rows_begin_on(self, pieces: list[str], patience: int) -> None:
        text = "".join(pieces)
        expected, over = rows_by_rule(text, patience)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_text, "_LONGEST", patience)
            rows, left = csv_text._parsed(text, Dialect(","), whole=not patience)
        assert len(left) == over
        assert rows.text + left == text
        assert (rows.heights or [1] * len(rows.rows)) == [height for _, height in expected]
        for row, (said, _) in zip(rows.rows, expected, strict=True):
            if isinstance(row, list):
                assert str(row) == said
            else:
                assert row.message == csv_text._explained(csv.Error(said))[0]

    @pytest.mark.parametrize("row", ['1,"5" nail",x\n', '1,"open,x\n', 'ab","x\n', "1,a\rb\n"])
    @pytest.mark.parametrize("last", ["", '"a" b\n', '1,"2'])
    def test_no_line_is_read_again_for_every_row_with_an_error(
        self, row: str, last: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = characters = 0

        def read(source: Iterable[str], **given: Any) -> Any:
            def counted() -> Iterator[str]:
                nonlocal lines
                for line in source:
                    lines += 1
                    yield line

            return csv.reader(counted(), **given)

        def cut(text: str, **given: Any) -> io.StringIO:
            nonlocal characters
            characters += len(text)
            return io.StringIO(text, **given)

        monkeypatch.setattr(csv_text, "csv", SimpleNamespace(reader=read, Error=csv.Error))
        monkeypatch.setattr(csv_text, "io", SimpleNamespace(StringIO=cut))
        text = row * 1_000 + last
        rows, left = csv_text._parsed(text, Dialect(","), whole=True)
        assert (len(rows.rows), left) == (1_000 + bool(last), "")
        assert lines <= 4 * 1_001
        assert characters <= 4 * len(text)

    @pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
    def test_packed_files(self, pack: Any, tmp_path: Path) -> None:
        partition = write(tmp_path / "t.csv.x", pack(b"a,b\n1,2\n"))
        assert rows_of(read_blocks(partition)) == [{"a": "1", "b": "2"}]

    def test_a_packed_file_that_was_cut_off_gives_what_it_has(self, tmp_path: Path) -> None:
        rows = b"".join(b"%d,%d\n" % (index, index * 7919 % 1000) for index in range(20_000))
        partition = write(tmp_path / "t.csv.gz", gzip.compress(b"a,b\n" + rows)[:-5000])
        found = []
        with pytest.raises(InputError, match="ends in the middle of its compressed data") as caught:
            found.extend(iter_rows(partition))
        assert 1_000 < len(found) < 20_000
        assert [row["a"] for row in found] == [str(index) for index in range(len(found))]
        assert caught.value.problems[0].line == len(found) + 2

    def test_a_packed_file_that_holds_nothing_whole_is_refused(self, tmp_path: Path) -> None:
        partition = write(tmp_path / "t.csv.gz", gzip.compress(b"a,b\n1,2\n")[:12])
        with pytest.raises(InputError, match="ends in the middle of its compressed data"):
            list(read_blocks(partition))

    def test_a_long_line_inside_of_an_open_quote(self, tmp_path: Path) -> None:
        partition = write(tmp_path / "t.csv", b'a,b\n1,"2\n' + b"x" * 2_000_000 + b"\n3,4\n5," + b"y" * 2_000_000)
        blocks = list(read_blocks(partition))
        assert rows_of(blocks) == [None, None, {"a": "3", "b": "4"}, None]
        codes = [(block.line(at), one.code) for block in blocks for at, one in sorted(block.problems.items())]
        assert codes == [(2, "csv"), (3, "too_large"), (5, "too_large")]

    def test_a_cell_of_more_than_a_million_characters(self, tmp_path: Path) -> None:
        partition = write(tmp_path / "t.csv", f"a,b\n1,{'x' * 1_000_100}\n3,4\n")
        blocks = list(read_csv(partition, size=2_000_000))
        assert rows_of(blocks) == [None, {"a": "3", "b": "4"}]
        assert "has a cell of more than 1,000,000 characters" in blocks[0].problems[0].message

    def test_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"a;b\n1;2\n"))))
        (partition,) = partitions("-", "csv")
        assert rows_of(read_blocks(partition)) == [{"a": "1", "b": "2"}]

    def test_the_delimiter_can_be_said(self, tmp_path: Path) -> None:
        partition = write(tmp_path / "t.csv", "a,b:c\n1:2\n")
        assert rows_of(read_blocks(partition, reading=Reading(delimiter=":"))) == [{"a,b": "1", "c": "2"}]
        with pytest.raises(InputError, match="must be one character"):
            list(read_blocks(partition, reading=Reading(delimiter="::")))

    def test_a_line_that_nobody_would_take_is_told_of_and_not_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        with path.open("wb") as file:
            file.write(b"a,b\n1,2\n")
            for _ in range(40):
                file.write(b"x" * 1_000_000)
            file.write(b",9\n3,4\n")
        tracemalloc.start()
        blocks = list(read_blocks(Partition(str(path), path.name, "csv")))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert rows_of(blocks) == [{"a": "1", "b": "2"}, None, {"a": "3", "b": "4"}]
        ((line, problem),) = [(block.line(at), one) for block in blocks for at, one in block.problems.items()]
        assert (line, problem.code) == (3, "too_large")
        assert "40,000,002 bytes" in problem.message
        assert peak < 8_000_000

    def test_a_quote_that_swallows_the_file_takes_bounded_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        lines = (f"{index},{'y' * 90}\n" for index in range(60_000))
        path.write_text('a,b\n1,"2\n' + "".join(lines))
        tracemalloc.start()
        count, problems = 0, []
        for block in read_blocks(Partition(str(path), path.name, "csv")):
            count += len(block.records)
            problems += block.problems.values()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (count, len(problems)) == (60_001, 1)
        assert problems[0].code in ("quote", "csv")
        assert peak < 40_000_000

    def test_a_mapping_reads_cells(self, tmp_path: Path) -> None:
        partition = write(tmp_path / "t.csv", "id,total,x\nu-1,14.99,y\nu-2,,\nu-3,14.9.9,\n,1,\n")
        (block,) = read_blocks(partition, mapping(revenue="{{ row.total | number }}", note="n {{ row.x }}"))
        assert block.records == [
            {"event": "E", "userId": "u-1", "properties": {"revenue": 14.99, "note": "n y"}},
            {"event": "E", "userId": "u-2"},
            None,
            {"event": "E", "properties": {"revenue": 1}},
        ]
        (problem,) = block.problems.values()
        assert (problem.code, problem.field) == ("number", "row.total")
        assert problem.message == "is not a number: '14.9.9'"
        assert block.originals[2] == "u-3,14.9.9,"
        assert block.line(2) == 4

    def test_a_column_that_is_not_there_is_refused_before_any_row(self, tmp_path: Path) -> None:
        partition = write(tmp_path / "t.csv", "id,Total\nu-1,14.99\n")
        with pytest.raises(InputError) as caught:
            next(iter(read_blocks(partition, mapping(revenue="{{ row.totals | number }}", city="{{ row.id.city }}"))))
        first, second = caught.value.problems
        assert (first.code, first.field) == ("column", "properties.revenue")
        assert first.message == "the source has no column 'totals'"
        assert first.hint == "did you mean 'Total'?"
        assert second.message == "'id' is a column of text, and text has no 'city'"


def iter_rows(partition: Partition) -> Any:
    for block in read_blocks(partition):
        yield from block.records


MOMENT = datetime.datetime(2026, 1, 31, 12, 0, 0, 123_000)  # noqa: DTZ001 - as most files hold them
ROWS: list[dict[str, Any]] = [
    {
        "text": "zażółć", "whole": 2**62, "float": 14.99, "yes": True, "at": MOMENT, "day": MOMENT.date(),
        "price": decimal.Decimal("14.99"), "kind": "a", "tags": ["x", None], "shop": {"city": "Łódź", "at": MOMENT},
        "extra": [("k", 1.5)], "lines": [{"sku": "s", "price": decimal.Decimal("0.10")}],
    },
    dict.fromkeys(
        ("text", "whole", "float", "yes", "at", "day", "price", "kind", "tags", "shop", "extra", "lines")
    ),
]  # fmt: skip
SCHEMA = pa.schema(
    [
        ("text", pa.string()), ("whole", pa.int64()), ("float", pa.float64()), ("yes", pa.bool_()),
        ("at", pa.timestamp("us")), ("day", pa.date32()), ("price", pa.decimal128(10, 2)),
        ("kind", pa.dictionary(pa.int32(), pa.string())), ("tags", pa.list_(pa.string())),
        ("shop", pa.struct([("city", pa.string()), ("at", pa.timestamp("ns", tz="Europe/Warsaw"))])),
        ("extra", pa.map_(pa.string(), pa.float64())),
        ("lines", pa.list_(pa.struct([("sku", pa.string()), ("price", pa.decimal128(10, 2))]))),
    ]
)  # fmt: skip
AS_JSON = {
    "text": "zażółć", "whole": 2**62, "float": 14.99, "yes": True, "at": "2026-01-31T12:00:00.123Z",
    "day": "2026-01-31", "price": 14.99, "kind": "a", "tags": ["x", None],
    "shop": {"city": "Łódź", "at": "2026-01-31T11:00:00.123Z"}, "extra": {"k": 1.5},
    "lines": [{"sku": "s", "price": 0.1}],
}  # fmt: skip


NAN = float("nan")
NO_UTF8 = pa.StringArray.from_buffers(
    2, pa.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])), pa.py_buffer(b"a\xff")
)


def write_parquet(path: Path, table: pa.Table, rows: int = 10) -> Partition:
    parquet.write_table(table, path, row_group_size=rows)
    return Partition(str(path), path.name, "arrow")


def write_stream(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


class TestArrow:
    @pytest.mark.parametrize("ending", [".parquet", ".feather", ".arrow", ".arrows"])
    def test_every_type_becomes_json(self, ending: str, tmp_path: Path) -> None:
        table = pa.Table.from_pylist(
            [
                {**row, "shop": {"city": "Łódź", "at": MOMENT.replace(hour=11, tzinfo=datetime.timezone.utc)}}
                if row["shop"] else row for row in ROWS
            ],
            schema=SCHEMA,
        )  # fmt: skip
        path = tmp_path / f"t{ending}"
        if ending == ".parquet":
            parquet.write_table(table, path)
        elif ending == ".arrows":
            write_stream(table, path)
        else:
            feather.write_feather(table, path)
        (partition,) = partitions(path)
        (block,) = read_blocks(partition)
        assert block.records == [AS_JSON, dict.fromkeys(AS_JSON)]
        assert json.loads(block.originals[0]) == AS_JSON
        assert block.line(0) is None
        assert columns_of(partition) == list(AS_JSON)

    def test_orc(self, tmp_path: Path) -> None:
        orc.write_table(pa.table({"a": [1, None], "b": ["x", "y"]}), tmp_path / "t.orc")
        (partition,) = partitions(tmp_path / "t.orc")
        assert rows_of(read_blocks(partition)) == [{"a": 1, "b": "x"}, {"a": None, "b": "y"}]

    @pytest.mark.parametrize(
        ("array", "expected"),
        [
            (pa.array([14.99, None], pa.float32()), [14.99, None]),
            (pa.array([1.5, None], pa.float16()), [1.5, None]),
            (pa.array([2**64 - 1, 0], pa.uint64()), [2**64 - 1, 0]),
            (pa.array([None, None]), [None, None]),
            (
                pa.array([decimal.Decimal("12345678901234567.89"), decimal.Decimal("-0.50")]),
                ["12345678901234567.89", -0.5],
            ),
            (pa.array([decimal.Decimal(7), decimal.Decimal(10**30)], pa.decimal256(40, 0)), [7, str(10**30)]),
            (pa.array([decimal.Decimal(2**53 + 1), decimal.Decimal(-(2**63))], pa.decimal128(38, 0)),
             [2**53 + 1, -(2**63)]),
            (pa.array([decimal.Decimal(2**64 - 1), decimal.Decimal(2**64)], pa.decimal128(38, 0)),
             [2**64 - 1, "18446744073709551616"]),
            (pa.array([decimal.Decimal("7.00"), decimal.Decimal("9007199254740993.00")]), [7.0, "9007199254740993.00"]),
            (
                pa.array([0, 1_500_000_001], pa.timestamp("ns")),
                ["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:01.500000001Z"],
            ),
            (pa.array([0, 1], pa.timestamp("s")), ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z"]),
            (pa.array([253_402_300_799, -62_167_219_200], pa.timestamp("s")),
             ["9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"]),
            (pa.array([2**63 - 1, -(2**63) + 1], pa.timestamp("ns")),
             ["2262-04-11T23:47:16.854775807Z", "1677-09-21T00:12:43.145224193Z"]),
            (pa.array([0, None], pa.date64()), ["1970-01-01", None]),
            (pa.array([-1, 86_399_999], pa.int64()).view(pa.date64()), ["1969-12-31", "1970-01-01"]),
            (pa.array([2_932_896, -719_528], pa.date32()), ["9999-12-31", "0000-01-01"]),
            (pa.array([43_200, None], pa.time32("s")), ["12:00:00", None]),
            (pa.array([43_200_000, 43_200_500], pa.time32("ms")), ["12:00:00", "12:00:00.500"]),
            (pa.array([0, 43_200_000_000], pa.time64("us")), ["00:00:00", "12:00:00"]),
            (pa.array([43_200_000_000_000, 5_000], pa.time64("ns")), ["12:00:00", "00:00:00.000005"]),
            (pa.array([50_000_000, 5], pa.time64("ns")), ["00:00:00.050", "00:00:00.000000005"]),
            (pa.array([datetime.time(1, 2, 3), datetime.time(1, 2, 3, 5000)]), ["01:02:03", "01:02:03.005"]),
            (pa.array(["x", None], pa.large_string()), ["x", None]),
            (pa.array(["x", None], pa.string_view()), ["x", None]),
            (pa.array([[1, 2], None], pa.list_(pa.int8(), 2)), [[1, 2], None]),
            (
                pa.array([[{"a": [None]}], []], pa.large_list(pa.struct([("a", pa.list_(pa.int8()))]))),
                [[{"a": [None]}], []],
            ),
            (pa.array([{}, None], pa.struct([])), [{}, None]),
            (pa.RunEndEncodedArray.from_arrays([1, 2], ["x", "y"]), ["x", "y"]),
            (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(15) + b"\7", None], pa.binary(16))),
             ["00000000-0000-0000-0000-000000000007", None]),
            (pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8())), [True, False]),
            (pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}", None])), ["{}", None]),
        ],
        ids=lambda one: str(one.type) if isinstance(one, pa.Array) else "",
    )  # fmt: skip
    def test_other_types(self, array: Any, expected: Any, tmp_path: Path) -> None:
        path = tmp_path / "t.arrows"
        write_stream(pa.table({"a": array}), path)
        (partition,) = partitions(path)
        assert [row["a"] for row in rows_of(read_blocks(partition))] == expected

    @pytest.mark.parametrize(
        ("array", "field", "message"),
        [
            (pa.array([1.0, float("nan")]), "a", "is not a finite number"),
            (pa.array([1.0, float("-inf")], pa.float32()), "a", "is not a finite number"),
            (pa.array([[1.0], [2.0, float("nan")]]), "a", "is not a finite number"),
            (pa.array([{"b": {"c": 1.0}}, {"b": {"c": float("inf")}}]), "a.b.c", "is not a finite number"),
            (pa.array([[("k", 1.0)], [("k", NAN)]], pa.map_(pa.string(), pa.float64())), "a", "is not a finite"),
            (pa.array([None, b"x"]), "a", "a value of type binary cannot be written in JSON"),
            (pa.array([None, datetime.timedelta(1)]), "a", "a value of type duration[us] cannot be written in JSON"),
            (pa.array([None, [(1, 2)]], pa.map_(pa.int8(), pa.int8())), "a", "a map with keys of type int8"),
            (NO_UTF8, "a", "the text is not UTF-8"),
            (pa.array([None, 253_402_300_800], pa.timestamp("s")), "a", "is in a year outside 0000 to 9999"),
            (pa.array([0, 253_402_300_800_000], pa.timestamp("ms", "UTC")), "a", "is in a year outside"),
            (pa.array([0, -62_167_219_200_000_001], pa.timestamp("us")), "a", "is in a year outside"),
            (pa.array([0, -(2**63)], pa.timestamp("s")), "a", "is in a year outside"),
            (pa.array([0, 2_932_897], pa.date32()), "a", "is in a year outside"),
            (pa.array([None, -719_529], pa.date32()), "a", "is in a year outside"),
            (pa.array([0, 2_932_897 * 86_400_000], pa.int64()).view(pa.date64()), "a", "is in a year outside"),
            (pa.array([[0], [0, 2_932_897]], pa.list_(pa.date32())), "a", "is in a year outside"),
            (pa.array([{"b": 0}, {"b": 2_932_897}], pa.struct([("b", pa.date32())])), "a.b", "is in a year outside"),
            (pa.array([None, 86_400], pa.time32("s")), "a", "is not a time of day"),
            (pa.array([0, -1], pa.time64("ns")), "a", "is not a time of day"),
        ],
        ids=lambda one: str(one.type) if isinstance(one, pa.Array) else "",
    )  # fmt: skip
    def test_a_cell_without_a_form_in_json_rejects_its_row_only(
        self, array: Any, field: str, message: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "t.arrows"
        write_stream(pa.table({"a": array, "id": ["u-1", "u-2"]}), path)
        (partition,) = partitions(path)
        whole = () if has_no_form(array.type) else (None,)  # such a column is left out where nobody names it
        for made in (*whole, mapping(x="{{ row.a }}")):
            (block,) = read_blocks(partition, made)
            assert block.records[0] is not None
            assert block.records[1] is None
            ((index, problem),) = block.problems.items()
            assert (index, problem.field) == (1, field)
            assert problem.message.startswith(message)
            assert problem.hint
            assert "u-2" in block.originals[1]
        (block,) = read_blocks(partition, mapping(x="{{ row.id }}"))
        assert not block.problems  # what is not used cannot be wrong

    def test_reading_goes_on_at_any_row(self, tmp_path: Path) -> None:
        table = pa.table({"id": [f"u-{index}" for index in range(50)]})
        partition = write_parquet(tmp_path / "t.parquet", table, rows=10)
        whole = rows_of(read_blocks(partition))
        for start, end in itertools.combinations((0, 1, 9, 10, 11, 25, 49, 50), 2):
            part = Partition(partition.path, partition.name, "arrow", start, end)
            blocks = list(read_blocks(part))
            assert rows_of(blocks) == whole[start:end]
            assert [at for block in blocks for at in block.bounds()[:-1]] == list(range(start, end))
            assert (blocks[0].start, blocks[-1].end) == (start, end)

    def test_parquet_is_cut_between_row_groups(self, tmp_path: Path) -> None:
        partition = write_parquet(tmp_path / "t.parquet", pa.table({"id": list(range(95))}), rows=10)
        assert cut(partition, 1) == [0]
        assert cut(partition, 2) == [0, 40]
        assert cut(partition, 100) == list(range(0, 95, 10))
        assert cut(Partition(partition.path, partition.name, "arrow", 15, 55), 3) == [15, 30, 40]
        starts = [*cut(partition, 3), None]
        parts = [Partition(partition.path, "t", "arrow", start, end) for start, end in itertools.pairwise(starts)]
        assert [row["id"] for part in parts for row in rows_of(read_blocks(part))] == list(range(95))

    def test_a_table_without_rows(self, tmp_path: Path) -> None:
        partition = write_parquet(tmp_path / "t.parquet", pa.table({"id": pa.array([], pa.string())}))
        assert list(read_blocks(partition)) == []
        assert cut(partition, 4) == [0]

    @pytest.mark.parametrize(
        "content", [b"", b"PAR1 and no more", b"ARROW1 and no more", b"ORC", b"hello", b"FEA1...."]
    )
    def test_a_damaged_file_is_refused(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "t.parquet"
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            list(read_blocks(Partition(str(path), path.name, "arrow")))
        assert caught.value.problems[0].path == str(path)
        assert caught.value.hint

    def test_a_file_that_was_cut_off_is_refused(self, tmp_path: Path) -> None:
        partition = write_parquet(tmp_path / "t.parquet", pa.table({"id": list(range(1000))}))
        path = Path(partition.path)
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(InputError, match="cannot be read"):
            list(read_blocks(partition))

    def test_two_columns_of_one_name_are_refused(self, tmp_path: Path) -> None:
        table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
        path = tmp_path / "t.arrows"
        write_stream(table, path)
        with pytest.raises(InputError, match="two columns named 'a'"):
            list(read_blocks(Partition(str(path), path.name, "arrow")))

    def test_a_mapping_reads_its_columns_only(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        table = pa.table(
            {"wide": ["x" * 100] * 3, "id": ["u-1", None, "u-3"], "shop": [{"city": "Łódź"}, None, {"city": None}]}
        )
        partition = write_parquet(tmp_path / "t.parquet", table)
        (block,) = read_blocks(partition, mapping(city="{{ row.shop.city }}"))
        assert block.records == [
            {"event": "E", "userId": "u-1", "properties": {"city": "Łódź"}},
            {"event": "E", "userId": None},
            {"event": "E", "userId": "u-3", "properties": {"city": None}},
        ]
        assert json.loads(block.originals[0]) == {"id": "u-1", "shop": {"city": "Łódź"}}

    @pytest.mark.parametrize(
        ("columns", "named", "expected"),
        [
            ({"a": [{"b": 1, "c": 2}], "a.b": ["flat"]}, {"x": "{{ row['a.b'] }}"}, {"x": "flat"}),
            ({"a.b": ["flat"], "a": [{"b": 1, "c": 2}]}, {"x": "{{ row.a }}"}, {"x": {"b": 1, "c": 2}}),
            ({"a": [{"b": 1}], "a.b": ["f"]}, {"x": "{{ row.a.b }}", "y": "{{ row['a.b'] }}"}, {"x": 1, "y": "f"}),
            ({"a.b": ["flat"], "a": [1]}, {"x": "{{ row.a }}"}, {"x": 1}),
            ({"a": [["x"]], "a.list.element": ["flat"]}, {"x": "{{ row['a.list.element'] }}"}, {"x": "flat"}),
        ],
    )  # fmt: skip
    def test_names_with_dots_are_no_members(
        self, columns: dict[str, Any], named: dict[str, str], expected: dict[str, Any], tmp_path: Path
    ) -> None:
        partition = write_parquet(tmp_path / "t.parquet", pa.table({**columns, "id": ["u-1"], "z": ["zed"]}))
        (block,) = read_blocks(partition, mapping(**named, z="{{ row.z }}"))
        assert block.records == [{"event": "E", "userId": "u-1", "properties": {**expected, "z": "zed"}}]
        assert rows_of(read_blocks(partition)) == [{**{k: v[0] for k, v in columns.items()}, "id": "u-1", "z": "zed"}]

    def test_timestamps_as_spark_wrote_them_do_not_turn_into_others(self, tmp_path: Path) -> None:
        moments = [datetime.datetime(year, 12, 31, 1, 2, 3, 456_789) for year in (1, 1600, 2026, 9999)]  # noqa: DTZ001
        path = tmp_path / "t.parquet"
        parquet.write_table(pa.table({"at": moments}), path, use_deprecated_int96_timestamps=True)
        found = rows_of(read_blocks(Partition(str(path), path.name, "arrow")))
        assert found == [{"at": f"{moment:%Y}-12-31T01:02:03.456789Z".zfill(27)} for moment in moments]

    def test_a_value_that_does_not_fit_rejects_its_row_only(self, tmp_path: Path) -> None:
        table = pa.table({"id": ["u-1", "u-2", "u-3"], "n": [1.0, 2.5, float("nan")]})
        for ending, problems in (
            (2, {1: "is not a whole number: '2.5'"}),
            (3, {1: "is not a whole number: '2.5'", 2: "is not a"}),
        ):
            partition = write_parquet(tmp_path / "t.parquet", table[:ending])
            (block,) = read_blocks(partition, mapping(n="{{ row.n | integer }}"))
            assert block.records[0] == {"event": "E", "userId": "u-1", "properties": {"n": 1}}
            assert block.records[1:] == [None] * (ending - 1)
            for index, message in problems.items():
                assert block.problems[index].message.startswith(message)
            assert json.loads(block.originals[1]) == {"id": "u-2", "n": 2.5}

    def test_without_pyarrow_the_cure_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        partition = write_parquet(tmp_path / "t.parquet", pa.table({"id": [1]}))
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(InputError) as caught:
            list(read_blocks(partition))
        assert caught.value.hint == "run: pip install 'segment-connector[bulk]'"

    def test_memory_is_bounded(self, tmp_path: Path) -> None:
        table = pa.table({"id": [f"u-{index}" for index in range(200_000)], "n": list(range(200_000))})
        partition = write_parquet(tmp_path / "t.parquet", table, rows=50_000)
        del table
        tracemalloc.start()
        assert sum(len(block.records) for block in read_blocks(partition)) == 200_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 6_000_000


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_originals_are_a_mapping_of_every_record(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text("id\nu-1\nu-2\n")
    else:
        parquet.write_table(pa.table({"id": ["u-1", "u-2"]}), path)
    (block,) = read_blocks(partitions(path)[0])
    assert (list(block.originals), len(block.originals)) == ([0, 1], 2)
    assert block.originals.get(2) is None
    assert block.originals.get(-1) is None


class TestSources:
    def test_a_folder_is_its_files_in_order(self, tmp_path: Path) -> None:
        for name in ("b/part-1.csv", "b/part-0.parquet", "a.jsonl", "c.csv.gz", "_SUCCESS", ".hidden.csv", "_tmp/x.bin",
                     "d.JSON.ZST", "a.jsonl.rejects.jsonl", "a.jsonl.checkpoint"):  # fmt: skip
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("{}\n")
        found = partitions(tmp_path)
        assert [(one.name, one.format, one.start, one.end) for one in found] == [
            ("a.jsonl", "jsonl", 0, 3), ("b/part-0.parquet", "arrow", 0, None), ("b/part-1.csv", "csv", 0, None),
            ("c.csv.gz", "csv", 0, None), ("d.JSON.ZST", "jsonl", 0, 3),
        ]  # fmt: skip
        assert found == partitions(str(tmp_path))
        assert found[0].path == str(tmp_path / "a.jsonl")

    def test_a_pattern(self, tmp_path: Path) -> None:
        for name in ("x/1.csv", "y/2.csv", "y/3.parquet"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("a\n")
        assert [one.name for one in partitions(f"{tmp_path}/*/*.csv")] == ["x/1.csv", "y/2.csv"]
        assert [one.name for one in partitions(f"{tmp_path}/y/*")] == ["2.csv", "3.parquet"]

    @pytest.mark.parametrize(
        ("name", "files", "message", "hint"),
        [
            ("nothing.csv", [], "there is no such file or folder", "check the path"),
            ("*.csv", [], "there is no such file or folder", "check the path"),
            ("", ["_SUCCESS"], "the folder contains no file", None),
            ("", ["a.csv", "notes.txt"], UNKNOWN, ".jsonl, .ndjson, .json, .csv"),
            ("t.parquet.gz", ["t.parquet.gz"], UNKNOWN, None),
            ("", ["_delta_log/0.json", "a.parquet"], "this is a Delta table", None),
        ],
    )  # fmt: skip
    def test_what_is_no_source_is_refused(
        self, name: str, files: list[str], message: str, hint: str | None, tmp_path: Path
    ) -> None:
        for file in files:
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text("")
        with pytest.raises(InputError) as caught:
            partitions(tmp_path / name)
        problem = caught.value.problems[0]
        assert problem.message.startswith(message)
        assert (hint or "") in (problem.hint or "")

    def test_the_format_can_be_said(self, tmp_path: Path) -> None:
        (tmp_path / "export.txt").write_text("a,b\n")
        assert partitions(tmp_path / "export.txt", "csv")[0].format == "csv"
        with pytest.raises(InputError, match="there is no format 'cvs'"):
            partitions(tmp_path / "export.txt", "cvs")
        with pytest.raises(InputError, match="cannot be read from standard input"):
            partitions("-", "arrow")
        assert partitions("-")[0].format == "jsonl"

    @pytest.mark.parametrize("kind", ["csv", "parquet"])
    def test_folders_name_columns(self, kind: str, tmp_path: Path) -> None:
        folder = tmp_path / "country=PL%2FX" / "day=01"
        folder.mkdir(parents=True)
        table = pa.table({"id": ["u-1"], "day": ["own"]})
        if kind == "csv":
            (folder / "p.csv").write_text("id,day\nu-1,own\n")
        else:
            parquet.write_table(table, folder / "p.parquet")
        (partition,) = partitions(tmp_path)
        assert columns_of(partition) == ["id", "day", "country"]
        assert rows_of(read_blocks(partition)) == [{"id": "u-1", "day": "own", "country": "PL/X"}]
        made = rows_of(read_blocks(partition, mapping(country="{{ row.country }}")))
        assert made == [{"event": "E", "userId": "u-1", "properties": {"country": "PL/X"}}]

    @pytest.mark.parametrize("kind", ["csv", "parquet"])
    def test_a_folder_of_rows_without_a_value_has_the_column(self, kind: str, tmp_path: Path) -> None:
        for value in ("PL", "__HIVE_DEFAULT_PARTITION__"):
            folder = tmp_path / f"country={value}"
            folder.mkdir()
            if kind == "csv":
                (folder / "p.csv").write_text("id\nu-1\n")
            else:
                parquet.write_table(pa.table({"id": ["u-1"]}), folder / "p.parquet")
        with_value, without = partitions(tmp_path)
        country = mapping(country="{{ row.country }}")
        assert columns_of(without) == columns_of(with_value) == ["id", "country"]
        given = {} if kind == "csv" else {"country": None}  # as an empty cell, and as null in a column
        assert rows_of(read_blocks(without)) == [{"id": "u-1", **given}]
        (event,) = rows_of(read_blocks(without, country))
        assert event.get("properties", {}) == given
        assert rows_of(read_blocks(with_value, country))[0]["properties"] == {"country": "PL"}

    @pytest.mark.parametrize(
        "content",
        [b"", b"\n \r\n\n", b"\xef\xbb\xbf", b"\n" * 9_000, gzip.compress(b"\n")],
        ids=["empty", "blank", "mark", "long", "packed"],
    )
    def test_csv_of_nothing_in_a_folder_is_no_rows(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id\nu-1\n")
        (tmp_path / "b.csv").write_bytes(content)
        for source in (tmp_path, f"{tmp_path}/*.csv"):
            assert [one.name for one in partitions(source)] == ["a.csv"]
        alone = partitions(tmp_path / "b.csv")
        (tmp_path / "a.csv").unlink()
        (tmp_path / "c.csv").write_bytes(content)
        for partition in (*alone, *partitions(tmp_path)):
            with pytest.raises(InputError, match="is empty: it has no header"):
                columns_of(partition)

    @pytest.mark.parametrize(
        "content",
        [b"id\n", b"\n" * 9_000 + b"id\n", gzip.compress(b"\n" * 9_000)[:-9]],
        ids=["header", "late header", "cut off"],
    )
    def test_csv_of_something_is_kept(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("id\nu-1\n")
        (tmp_path / "b.csv").write_bytes(content)
        assert [one.name for one in partitions(tmp_path)] == ["a.csv", "b.csv"]

    def test_what_the_caller_writes_is_no_part_of_a_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ours = ["rejects.jsonl", "rejects.jsonl.part", "sub/my.db", "sub/my.db-wal", "sub/my.db-shm", "run.html"]
        for name in ("a.jsonl", "sub/b.jsonl", *ours):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("{}\n")
        monkeypatch.chdir(tmp_path)
        targets: list[Any] = ["rejects.jsonl", tmp_path / "sub" / ".." / "sub" / "my.db", str(tmp_path / "run.html")]
        assert [one.name for one in partitions(".", targets=targets)] == ["a.jsonl", "sub/b.jsonl"]
        assert [one.name for one in partitions("*.jsonl", targets=targets)] == ["a.jsonl"]
        (named,) = partitions("rejects.jsonl", targets=targets)  # what is named is meant
        assert named.name == "rejects.jsonl"

    def test_a_dataset_that_pyarrow_wrote(self, tmp_path: Path) -> None:
        from pyarrow import dataset

        table = pa.table({"id": ["u-1", "u-2", "u-3"], "country": ["PL", "DE", "PL"]})
        dataset.write_dataset(table, tmp_path, format="parquet", partitioning=["country"], partitioning_flavor="hive")
        rows = [row for partition in partitions(tmp_path) for row in rows_of(read_blocks(partition))]
        assert rows == [{"id": "u-2", "country": "DE"}, {"id": "u-1", "country": "PL"}, {"id": "u-3", "country": "PL"}]
