"""The bulk page: from a file that is dropped to the events in the sandbox, and the rejects that are told."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import WAIT, Window, faults_of, overflow_of, wait_until
from messy_orders import ROWS, ZONE, write_messy_orders
from playwright.sync_api import Page, expect

from segment_connector import Connector, InputError
from segment_connector.service.backend import Backend
from segment_connector.service.workbench.bulk import upload as bulk_page_job
from segment_connector.service.workbench.bulk.run_registry import RunRegistry
from segment_connector.service.workbench.bulk.upload import BulkJob, Course
from segment_connector.service.workbench.debugger.event_feed import (
    feed_of,
)

CSV = "customer_id,total,Anonymous ID,Coupon.code\nc-1,14.99,a-1,SPRING\nc-2,abc,a-2,\nc-3,3,a-3,SUMMER\n"


@pytest.fixture(autouse=True)
def empty(backend: Backend) -> Iterator[None]:
    """Nothing has arrived in the sandbox yet."""
    feed_of(backend).clear()
    yield
    feed_of(backend).clear()


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where uploads go."""
    monkeypatch.setattr(bulk_page_job.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def upload(page: Page, name: str, content: str | bytes) -> None:
    page.locator("[data-ready]").wait_for()
    buffer = content.encode() if isinstance(content, str) else content
    given = {"name": name, "mimeType": "text/plain", "buffer": buffer}
    page.get_by_label("File to send").set_input_files(given, timeout=3 * WAIT)  # megabytes, on a machine that is busy
    expect(page.get_by_text(f"{name}, {len(buffer):,} bytes")).to_be_visible(timeout=3 * WAIT)


def lines(events: int, wrong: int = 0, **more: Any) -> str:
    made = [{"type": "track", "event": f"Event {number}", "userId": "u", **more} for number in range(events)]
    return "".join(json.dumps(one) + "\n" for one in [*made, *({"type": "track", "userId": "u"},) * wrong])


def part(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=name)


def test_a_file_of_events_goes_into_the_sandbox_and_the_rest_is_told(
    window: Window, backend: Backend, folders: Path
) -> None:
    page = window.go("/bulk")
    upload(page, "events.jsonl", lines(300, wrong=2))
    expect(part(page, "3. The first records")).to_contain_text('"event": "Event 0"')
    page.get_by_role("button", name="Send all into the sandbox").click()
    expect(page.get_by_role("alert")).to_contain_text("Done: 300 events accepted, 2 records rejected")
    assert len(backend.sandbox.events("accepted")) == 300
    rejected = part(page, "Rejected records")
    expect(rejected).to_contain_text("line 301: event: is required")
    expect(rejected).to_contain_text("name what happened")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the rejected records").click()
    saved = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["line"] for line in saved] == [301, 302]
    assert next(folders.iterdir()).name.startswith("segment-connector-bulk-")


def test_columns_become_fields(window: Window, backend: Backend, folders: Path) -> None:
    page = window.go("/bulk")
    upload(page, "export.csv", CSV)
    page.get_by_label("Every row is").select_option("track")
    records = part(page, "3. The first records")
    expect(records).to_contain_text("event: is required")
    expect(page.get_by_label("Event name, the same for every row")).to_have_attribute("aria-required", "true")
    page.get_by_label("Event name, the same for every row").fill("Order Completed")
    expect(page.get_by_label("Anonymous ID becomes")).to_have_value("anonymousId")
    page.get_by_label("customer_id becomes").select_option("userId")
    page.get_by_label("total becomes").select_option("properties.revenue")
    expect(page.get_by_label("Event name, the same for every row")).to_have_value("Order Completed")
    expect(records).to_contain_text('"revenue": 14.99')
    expect(records).to_contain_text("1 of the first 3 records would be rejected")
    expect(records).to_contain_text("'abc'")
    page.get_by_role("button", name="Check everything, send nothing").click()
    expect(page.get_by_role("alert")).to_contain_text("Dry run")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(part(page, "4. Send")).to_contain_text("2 events would be accepted, 1 rejected")
    assert backend.sandbox.events() == []
    page.get_by_label("total becomes").select_option("")  # what was said is of another mapping
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(part(page, "Rejected records")).to_have_count(0)
    page.get_by_label("total becomes").select_option("properties.revenue")
    expect(records).to_contain_text("1 of the first 3 records would be rejected")
    page.get_by_role("button", name="Send all into the sandbox").click()
    expect(page.get_by_role("alert")).to_contain_text("Done: 2 events accepted, 1 record rejected")
    bodies = [event["body"] for event in backend.sandbox.events("accepted")]
    assert [(body["userId"], body["anonymousId"], body["properties"]) for body in bodies] == [
        ("c-1", "a-1", {"revenue": 14.99, "Coupon": {"code": "SPRING"}}),
        ("c-3", "a-3", {"revenue": 3, "Coupon": {"code": "SUMMER"}}),
    ]


def test_parquet_is_taken(window: Window, backend: Backend, folders: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"userId": ["u-1", "u-2"], "plan": ["free", "paid"]}), tmp_path / "users.parquet")
    page = window.go("/bulk")
    upload(page, "users.parquet", (tmp_path / "users.parquet").read_bytes())
    page.get_by_label("Every row is").select_option("identify")
    expect(part(page, "3. The first records")).to_contain_text('"plan": "paid"')
    page.get_by_role("button", name="Send all into the sandbox").click()
    expect(page.get_by_role("alert")).to_contain_text("Done: all 2 events accepted")
    assert {event["body"]["userId"] for event in backend.sandbox.events("accepted")} == {"u-1", "u-2"}


def test_a_run_is_stopped_and_gone_on_with(
    window: Window, backend: Backend, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request waits until the run is asked to stop, so that it is surely under way then."""
    asked, go_on = threading.Event(), threading.Event()
    send = backend.connector.caller.send

    def slow(*request: Any) -> Any:
        if asked.is_set():
            go_on.wait(20)
        asked.set()
        return send(*request)

    monkeypatch.setattr(backend.connector.caller, "send", slow)
    page = window.go("/bulk")
    # More requests than are under way at a time, since one takes 500 KB.
    upload(page, "events.jsonl", lines(5_000, properties={"text": "x" * 4_000}))
    page.get_by_role("button", name="Send all into the sandbox").click()
    wait_until(asked.is_set, page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopping")).to_be_visible()
    go_on.set()
    expect(page.get_by_role("alert")).to_contain_text("Stopped before the end")
    assert len(backend.sandbox.events("accepted")) < 5_000
    page.get_by_role("button", name="Resume into the sandbox").click()
    expect(page.get_by_role("alert")).to_contain_text("Done", timeout=30_000)
    assert len(backend.sandbox.events("accepted")) == 5_000
    assert backend.sandbox.events("duplicate") == []


def test_another_connection_is_asked_for(
    window: Window, backend: Backend, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody listens there: the run waits for the network, until it is told to stop.
    monkeypatch.setattr(backend.connector, "_max_retries", None)
    page = window.go("/bulk")
    page.get_by_label("Connection").select_option("production")
    upload(page, "events.jsonl", lines(1))
    page.get_by_role("button", name="Send all with 'production'").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Send all with 'production'")).to_be_focused()
    page.get_by_role("button", name="Send all with 'production'").click()
    page.get_by_role("dialog").get_by_role("button", name="Send all").click()
    expect(page.get_by_text("0 events accepted")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alert")).to_contain_text("Stopped before the end")
    expect(page.get_by_role("button", name="Resume with 'production'")).to_be_enabled()
    assert backend.sandbox.events() == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sheet.xlsx", "x", "sheet.xlsx"),
        ("empty.jsonl", "\n", "The file contains no record"),
        ("broken.parquet", "no parquet", "broken.parquet"),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused(
    window: Window, folders: Path, name: str, content: str, said: str
) -> None:
    page = window.go("/bulk")
    page.locator("[data-ready]").wait_for()
    page.get_by_label("File to send").set_input_files({"name": name, "mimeType": "", "buffer": content.encode()})
    expect(page.get_by_role("main")).to_contain_text(said)
    start = page.get_by_role("button", name="Send all")
    assert start.count() == 0 or start.is_disabled()


def test_what_was_uploaded_is_removed(folders: Path) -> None:
    job = BulkJob(Connector.load(), "../../etc/events.jsonl")
    assert job.path.parent.parent == folders
    job.path.write_text(lines(1))
    job.remove()
    assert list(folders.iterdir()) == []
    job = BulkJob(Connector.load(), "events.jsonl")
    del job
    gc.collect()
    assert list(folders.iterdir()) == []


@pytest.mark.parametrize("name", ["a\0.jsonl", "a.jso\0nl", "a.\0", "a\n.csv", "a\udcff.csv"])
def test_a_name_that_no_file_can_have_is_refused(folders: Path, name: str) -> None:
    with pytest.raises(InputError, match="control character"):
        BulkJob(Connector.load(), name)
    assert list(folders.iterdir()) == []


def test_a_file_is_not_taken_away_under_a_run(folders: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def send(*_request: Any) -> Any:
        reached.set()
        go_on.wait(20)
        raise ConnectionError

    job = BulkJob(Connector.load(send=send, max_retries=0), "events.jsonl")
    job.path.write_text(lines(10))
    connection = {"writeKey": "key", "servers": {"tracking": "http://127.0.0.1:9"}}
    outcome: list[Any] = []
    run = threading.Thread(target=lambda: outcome.append(job.run(connection, None, None, dry=False)))
    run.start()
    assert reached.wait(20)
    job.remove()
    assert job.path.is_file()
    go_on.set()
    run.join(20)
    assert outcome
    assert list(folders.iterdir()) == []
    with pytest.raises(InputError, match="was closed"):
        job.run(connection, None, None, dry=False)


def test_another_mapping_begins_anew(backend: Backend, folders: Path) -> None:
    job = BulkJob(backend.connector, "events.jsonl")
    job.path.write_text('{"who": "u-1"}\n')
    connection = backend.resolve("sandbox")
    trees = [{"event": name, "userId": "{{ row.who }}"} for name in ("Paid", "Bought")]
    for tree, accepted in ((trees[0], 1), (trees[0], 0), (trees[1], 1)):
        result = job.run(connection, "track", tree, dry=False)
        assert (result.outcome, result.tally.accepted) == ("done", accepted)
    assert [event["body"]["event"] for event in backend.sandbox.events("accepted")] == ["Paid", "Bought"]
    job.remove()


def test_the_course_of_a_long_run_stays_small() -> None:
    from segment_connector.bulk.tally import Progress, Tally

    course = Course()
    for second in range(10_000):
        course.note(Progress(float(second), Tally(accepted=second), None, 0))
    assert len(course.points) <= 240
    assert course.points[-1][0] > 9_900


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_with_a_file_has_no_serious_fault(
    open_window: Callable[..., Window], folders: Path, scheme: str
) -> None:
    page = open_window(viewport={"width": 1280, "height": 900}, color_scheme=scheme).go("/bulk")
    upload(page, "orders.csv", CSV)
    page.get_by_label("customer_id becomes").select_option("userId")
    page.get_by_label("Anonymous ID becomes").select_option("")
    expect(part(page, "3. The first records")).to_contain_text('"userId": "c-1"')
    page.get_by_role("button", name="Send all into the sandbox").click()
    expect(page.get_by_role("alert")).to_contain_text("Done")
    assert faults_of(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert overflow_of(page) <= 0


def test_a_messy_export_goes_from_drop_to_sent_in_ten_clicks(
    window: Window, backend: Backend, folders: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("messy") / "orders.csv"
    without = write_messy_orders(file)
    page = window.go("/bulk")
    page.evaluate("""() => {
        window.clicks = 0;
        for (const kind of ['click', 'change'])
            addEventListener(kind, (event) => { if (event.isTrusted || kind === 'change') window.clicks += 1; }, true);
    }""")
    upload(page, file.name, file.read_bytes())
    records = part(page, "3. The first records")
    expect(records).to_contain_text(f"{len(without)} of the first 2,000 records would be rejected", timeout=3 * WAIT)
    reading = part(page, "1. File")
    expect(reading).to_contain_text("encoding Windows-1252, cells separated by ;")
    columns = part(page, "Columns")
    expect(columns.get_by_role("row", name="Versand")).to_contain_text("€")
    page.get_by_label("Time zone for times without one").fill(ZONE)
    page.get_by_label("Time zone for times without one").press("Tab")
    expect(part(page, "2. What a row becomes")).to_contain_text(
        "the earlier of the two hours is taken", timeout=3 * WAIT
    )
    page.get_by_label("Gesamtbetrag is read as").select_option("as it is")
    mend = records.get_by_role("button", name="Read as number like 1.234,50: mends 2,000 rows")
    mend.click()
    expect(mend).to_have_count(0)
    expect(records).to_contain_text(f"{len(without)} of the first 2,000")
    page.get_by_role("button", name="Send all into the sandbox").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{ROWS - len(without):,} events accepted", timeout=3 * WAIT)
    assert page.evaluate("window.clicks") <= 10
    sent = {one["id"]: one["body"] for one in backend.sandbox.events("accepted")}
    assert len(sent) == ROWS - len(without)
    rejected = part(page, "Rejected records")
    expect(rejected).to_contain_text("userId")
    assert sent["order-100700"]["timestamp"] == "2026-10-25T02:30:00+02:00"
    assert {type(one["properties"]["Versand"]) for one in sent.values()} == {float}
    assert {type(one["properties"]["revenue"]) for one in sent.values()} <= {float, int}
    assert {type(one["properties"]["Geschenk"]) for one in sent.values()} == {bool}
    expect(page.get_by_label("The same as a command")).to_have_text(
        f"segment-connector bulk orders.csv --map orders.yaml --zone {ZONE} --sandbox"
    )


def test_the_mapping_is_saved_edited_and_loaded_as_yaml(
    window: Window, backend: Backend, folders: Path, tmp_path: Path
) -> None:
    page = window.go("/bulk")
    upload(page, "export.csv", "who;what;amount\nu-1;Paid;1,50\nu-2;Paid;2,50\n")
    page.get_by_label("Every row is").select_option("track")
    page.get_by_label("who becomes").select_option("userId")
    page.get_by_label("what becomes").select_option("event")
    records = part(page, "3. The first records")
    expect(records).to_contain_text('"revenue": 1.5')
    page.get_by_text("The mapping as YAML").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the mapping").click()
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "export.yaml"
    (tmp_path / "export.csv").write_text("who;what;amount\nu-1;Paid;1,50\n")
    backend.connector.bulk(tmp_path / "export.csv", backend.resolve("sandbox"), mapping=_written(tmp_path, saved))
    assert [one["body"]["properties"] for one in backend.sandbox.events("accepted")] == [{"revenue": 1.5}]
    area = page.get_by_label("Mapping as YAML")
    area.fill(saved.replace("userId", "usrId"))
    area.blur()
    expect(page.get_by_role("main")).to_contain_text("did you mean 'userId'?")
    page.get_by_label("Mapping to load").set_input_files(
        {"name": "m.yaml", "mimeType": "", "buffer": saved.replace("revenue:", "tax:").encode()}
    )
    expect(records).to_contain_text('"tax": 1.5')
    expect(page.get_by_label("amount becomes")).to_have_value("properties.tax")
    page.get_by_label("what is read as").select_option("one value for every row ...")
    page.get_by_label("what, for every row").fill("Refunded")
    page.get_by_label("what, for every row").blur()
    expect(records).to_contain_text('"event": "Refunded"')
    page.get_by_label("amount is read as").select_option("leave it out")
    expect(page.get_by_label("amount becomes")).to_have_value("")
    expect(records).not_to_contain_text("tax")


def _written(folder: Path, text: str) -> Path:
    (folder / "saved.yaml").write_text(text, encoding="utf-8")
    return folder / "saved.yaml"


def test_what_nobody_can_tell_is_asked_by_buttons_and_how_a_file_is_read_can_be_said(
    window: Window, folders: Path
) -> None:
    page = window.go("/bulk")
    upload(page, "export.csv", "userId;event;amount\nu-1;Paid;1,234\nu-2;Paid;5,678\n")
    page.get_by_label("Every row is").select_option("track")
    records = part(page, "3. The first records")
    expect(records).to_contain_text("'amount' can be read in several ways")
    records.get_by_role("button", name="Read as number like 1,234.50").click()
    expect(records).to_contain_text("1234")
    page.get_by_label("Delimiter").fill("|")
    page.get_by_label("Delimiter").press("Tab")
    expect(page.get_by_role("main")).to_contain_text("has no column 'amount'")
    page.get_by_label("Delimiter").fill("")
    page.get_by_label("Delimiter").press("Tab")
    expect(records).to_contain_text("1234")


def test_a_run_goes_on_when_its_page_is_closed_and_is_listed(
    open_window: Callable[..., Window], backend: Backend, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = threading.Event(), threading.Event()
    send = backend.connector.caller.send

    def slow(*request: Any) -> Any:
        asked.set()
        go_on.wait(20)
        return send(*request)

    monkeypatch.setattr(backend.connector.caller, "send", slow)
    page = open_window().go("/bulk")
    upload(page, "later.jsonl", lines(3, wrong=1))
    page.get_by_role("button", name="Send all into the sandbox").click()
    wait_until(asked.is_set, page)
    page.close()
    page = open_window().go("/bulk")
    run = part(page, "List of runs").get_by_role("row", name="later.jsonl")
    expect(run).to_contain_text("in progress")
    expect(run.get_by_role("button", name="Stop")).to_be_visible()
    go_on.set()
    expect(run).to_contain_text("done")
    expect(run.get_by_role("cell").nth(4)).to_have_text("3")
    expect(run.get_by_role("cell").nth(5)).to_have_text("1")
    with page.expect_download() as download:
        run.get_by_role("button", name="Report").click()
    assert "later.jsonl" in Path(download.value.path()).read_text(encoding="utf-8")
    with page.expect_download() as download:
        run.get_by_role("button", name="Rejects").click()
    assert json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["line"] == 4
    assert faults_of(page) == []
    run.get_by_role("button", name="Remove").click()
    expect(run).to_have_count(0)


def test_the_runs_of_a_service_end_with_it_and_old_ones_give_way(folders: Path) -> None:
    reached = threading.Event()

    def send(*_request: Any) -> Any:
        reached.set()
        raise ConnectionError

    connector = Connector.load(send=send, max_retries=None)
    registry = RunRegistry()
    job = BulkJob(connector, "events.jsonl")
    job.path.write_text(lines(10))
    registry.hold(job)
    connection = {"writeKey": "key", "servers": {"tracking": "http://127.0.0.1:9"}}
    run = registry.start(job, connection, None, None, dry=False, target="elsewhere")
    assert reached.wait(20)
    registry.let_go(job)
    assert job.path.is_file()
    registry.end()
    assert run.is_over
    registry.forget(run)
    assert registry.runs == []
    assert list(folders.iterdir()) == []


_DROPPED = """() => {
    const data = new DataTransfer();
    data.items.add(new File(['{"type": "track", "event": "E", "userId": "u"}\\n'], 'early.jsonl'));
    document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_a_file_that_comes_before_the_page_listens_is_kept(window: Window, folders: Path) -> None:
    page = window.page
    page.goto(window.url + "/bulk", wait_until="commit")
    page.wait_for_function("window.wbTake !== undefined && document.body", polling=5)
    page.evaluate(_DROPPED)
    expect(page.get_by_text("early.jsonl, 47 bytes")).to_be_visible()
    expect(part(page, "3. The first records")).to_contain_text('"event": "E"')


def test_a_file_that_is_dropped_on_another_page_is_taken_to_this_one(window: Window, folders: Path) -> None:
    page = window.go("/connections")
    page.evaluate(_DROPPED)
    expect(page.get_by_role("heading", name="Bulk", level=1)).to_be_visible()
    expect(page.get_by_text("early.jsonl, 47 bytes")).to_be_visible()
    page.reload()  # it is taken once
    expect(page.get_by_text("Drop a file here")).to_be_visible()
    expect(page.get_by_text("early.jsonl")).to_have_count(0)
