"""What a long run shows while it goes on: nothing, plain lines, or a bar on a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from io import StringIO

import pytest
from rich.console import Console

from segment_connector.bulk.tally import Progress, Tally
from segment_connector.cli.progress import Bar, Display, ProgressLines, Speed, display

MB = 1_000_000


def at(
    seconds: float, *, total: int | None = 100 * MB, waiting: float = 0.0, rejected: int = 0, retries: int = 0
) -> Progress:
    """A run of 1,000 events and 1 MB a second."""
    tally = Tally(read=int(seconds * 1000), rejected=rejected, retries=retries)
    return Progress(seconds, tally, total, int(seconds * MB), waiting)


def lines(*course: Progress) -> list[str]:
    said: list[str] = []
    with ProgressLines(said.append) as shown:
        for progress in course:
            shown(progress)
    return said


# Lines


def test_the_first_line_comes_after_two_seconds_and_one_every_ten_follows_and_the_last_at_the_end() -> None:
    said = lines(*(at(tenths / 10) for tenths in range(1, 301)))
    assert [line.split(":")[0] for line in said] == ["2 s", "12 s", "22 s", "30 s"]
    assert said[1] == "12 s: 12 %, 12,000 events, 1,000/s, 12 MB of 100 MB, 0 rejected, 0 retries, 1 min 28 s left"


def test_a_short_run_says_nothing() -> None:
    assert lines(at(0.5), at(1.9)) == []


def test_a_run_without_any_news_says_nothing() -> None:
    assert lines() == []


def test_the_last_line_is_not_said_twice() -> None:
    assert len(lines(at(1), at(2))) == 1


def test_without_a_known_size_there_is_no_share_and_no_end() -> None:
    assert lines(at(1, total=None), at(2.5, total=None, rejected=3, retries=1)) == [
        "2.5 s: 2,500 events, 1,000/s, 2.5 MB, 3 rejected, 1 retry"
    ]


def test_a_pause_is_told_when_it_begins_and_once() -> None:
    said = lines(at(1), at(1.1, waiting=29.2), at(1.5, waiting=28.8), at(1.9))
    assert said[0].startswith("1.1 s: ")
    assert said[0].endswith(", waiting 30 s: the service asked for a pause")
    assert len(said) == 2
    assert "waiting" not in said[1]


def test_a_moment_of_waiting_is_no_pause() -> None:
    assert lines(at(1, waiting=0.3)) == []


def test_lines_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with display(quiet=False) as shown:
        shown(at(3))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("3 s: 3 %")


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with display(quiet=True) as shown:
        shown(at(3))
        assert type(shown) is Display
    assert capsys.readouterr() == ("", "")


# Speed


def test_speed_is_that_of_late() -> None:
    speed = Speed()
    for seconds in range(100):
        speed.add(Progress(float(seconds), Tally(read=min(seconds, 50) * 1000), 100, min(seconds, 50)))
    assert speed.events == "0/s"
    assert speed.left(Progress(99.0, Tally(), 100, 50)) is None


def test_time_left_is_reckoned_from_what_was_dealt_with_in_this_run() -> None:
    speed = Speed()
    # An earlier run had dealt with 90 of 100.
    for seconds, done in ((1.0, 91), (2.0, 92)):
        speed.add(Progress(seconds, Tally(), 100, done))
    assert speed.left(Progress(2.0, Tally(), 100, 92)) == 8


def test_nobody_can_tell_the_end_of_what_has_no_size_or_no_news() -> None:
    assert Speed().left(at(1)) is None
    speed = Speed()
    speed.add(at(1, total=None))
    speed.add(at(2, total=None))
    assert speed.left(at(2, total=None)) is None


# A bar


def drawn(*course: Progress, width: int = 90) -> list[str]:
    """What the terminal shows in the end, line by line."""
    console = Console(file=StringIO(), force_terminal=True, width=width, color_system=None)
    bar = Bar(console)
    for progress in course:
        bar(progress)
    with console.capture() as captured:
        console.print(bar.drawn())
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_bar_shows_share_and_time_left_and_numbers() -> None:
    first, second = drawn(at(24), at(25, rejected=2, retries=7))
    assert first.endswith(" 25 % 1 min 15 s left")
    assert second == "25,000 events  1,000/s  25 MB of 100 MB  2 rejected  7 retries"


def test_a_bar_says_that_the_service_asked_for_a_pause() -> None:
    assert drawn(at(24), at(25, waiting=29.9))[-1] == "waiting 30 s: the service asked for a pause"


def test_a_bar_of_unknown_length_shows_the_time() -> None:
    first, second = drawn(at(3, total=None), at(4, total=None))
    assert first.endswith(" 4 s")
    assert "25 MB of" not in second


def test_a_bar_says_that_it_begins() -> None:
    assert drawn() == ["starting ..."]


def test_a_narrow_terminal_gets_more_lines_and_loses_nothing() -> None:
    said = drawn(at(24), at(25, rejected=2, retries=7), width=40)
    assert all(len(line) <= 40 for line in said)
    assert " ".join(said[1:]).split() == "25,000 events 1,000/s 25 MB of 100 MB 2 rejected 7 retries".split()  # noqa: SIM905


RUN = """
import sys, time
from segment_connector.bulk.tally import Progress, Tally
from segment_connector.cli.progress import display
with display(quiet=False) as shown:
    for step in range(1, 4):
        shown(Progress(float(step), Tally(read=step * 1000), 4_000_000, step * 1_000_000))
    time.sleep(0.3)
    print("a word in between", file=sys.stderr)
print("the end")
"""


def on_a_terminal(code: str, term: str) -> str:
    """What a Python text writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, env={**environment, "TERM": term}
    ):
        os.close(theirs)
        written = b""
        while True:
            try:
                more = os.read(ours, 65_536)
            except OSError:  # nobody holds the other end any more
                break
            if not more:
                break
            written += more
    os.close(ours)
    return written.decode()


def test_on_a_terminal_a_bar_is_drawn_and_taken_away_again() -> None:
    written = on_a_terminal(RUN, "xterm-256color")
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written)
    assert "75 % 1 s left" in text
    assert "3,000 events  1,000/s  3.0 MB of 4.0 MB" in text
    assert text.replace("\r", "").endswith("the end\n")
    assert "a word in between" in text
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h") == 1  # the cursor is given back
    assert written.index("\x1b[?25h") < written.index("the end")
    assert "\x1b[2K" in written[written.index("a word in between") :]


def test_a_terminal_that_cannot_move_its_cursor_gets_lines() -> None:
    written = on_a_terminal(RUN, "dumb")
    assert "\x1b" not in written
    assert "2 s: 50 %, 2,000 events" in written
