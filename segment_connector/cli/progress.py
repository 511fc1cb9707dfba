"""What a long run shows while it goes on: a bar on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ..bulk.report.run_words import count, duration, rate, size

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from ..bulk.tally import Progress

_RECENT = 15.0  # seconds that speed and time left are reckoned from: steady enough to read, new enough to be true
_FIRST_LINE = 2.0
_NEXT_LINE = 10.0
_A_SECOND = 8  # redraws of the bar
_HELD = 0.5  # seconds of waiting that are worth a word


class Display:
    """Shows nothing; the others are made of it. For a ``with`` statement, which ends what is shown."""

    def __call__(self, progress: Progress) -> None:
        """How far a run is; called often, from any thread."""

    def close(self) -> None:
        """End what is shown; more than once does no harm."""

    def __enter__(self) -> Display:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def display(*, quiet: bool) -> Display:
    """What fits where stderr goes.

    :param quiet: whether nothing is to be shown.
    """
    if quiet:
        return Display()
    if not sys.stderr.isatty():
        return ProgressLines()
    from rich.console import Console

    console = Console(stderr=True)
    return ProgressLines() if console.is_dumb_terminal else Bar(console)


class Speed:
    """How fast a run has been of late, and how long it will take at that speed."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int, int]] = deque()

    def add(self, progress: Progress) -> None:
        """Take a further point in time into account."""
        points = self._points
        points.append((progress.seconds, progress.tally.read, progress.done_bytes))
        while len(points) > 2 and points[1][0] <= progress.seconds - _RECENT:
            points.popleft()

    @property
    def events(self) -> str:
        """Events a second, in words."""
        if len(self._points) < 2:
            return rate(0, 0)
        (began, before, _), (now, after, _) = self._points[0], self._points[-1]
        return rate(after - before, now - began)

    def left(self, progress: Progress) -> float | None:
        """Seconds until the end, or ``None`` when nobody can tell."""
        if progress.total_bytes is None or len(self._points) < 2:
            return None
        (began, _, before), (now, _, after) = self._points[0], self._points[-1]
        if after <= before or now <= began:
            return None
        return max(progress.total_bytes - progress.done_bytes, 0) * (now - began) / (after - before)


def held_back(seconds: float) -> str | None:
    """That nothing is sent for so long because the service asked for it, in words; ``None`` when it is not so."""
    if seconds < _HELD:
        return None
    return f"waiting {duration(math.ceil(seconds))}: the service asked for a pause"


def _counts(progress: Progress, speed: Speed) -> list[str]:
    tally, total = progress.tally, progress.total_bytes
    of = f" of {size(total)}" if total is not None else ""
    return [
        count(tally.read, "event"),
        speed.events,
        f"{size(progress.done_bytes)}{of}",
        f"{tally.rejected:,} rejected",
        "1 retry" if tally.retries == 1 else f"{tally.retries:,} retries",
    ]


class ProgressLines(Display):
    """A line of text now and then, for logs and pipes: a run of less than two seconds says nothing.

    :param say: writes a line.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self._say = say or (lambda line: click.echo(line, err=True))
        self._speed = Speed()
        self._next = _FIRST_LINE
        self._told: float | None = None
        self._held = False
        self._last: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        """How far a run is."""
        self._speed.add(progress)
        self._last = progress
        held = held_back(progress.waiting)
        # A pause is told when it begins: whoever looks at a log that stands still wants to know why.
        if progress.seconds >= self._next or (held and not self._held):
            self._tell(progress, held)
        self._held = held is not None

    def close(self) -> None:
        """Say where the run ended, if anything was said of it before."""
        if self._last is not None and self._told is not None and self._told < self._last.seconds:
            self._tell(self._last, None)

    def _tell(self, progress: Progress, held: str | None) -> None:
        said = _counts(progress, self._speed)
        if progress.total_bytes:
            said.insert(0, f"{min(100 * progress.done_bytes // progress.total_bytes, 100)} %")
        left = self._speed.left(progress)
        if held:
            said.append(held)
        elif left is not None and progress.done_bytes < (progress.total_bytes or 0):
            said.append(f"{duration(max(left, 1))} left")
        self._say(f"{duration(progress.seconds)}: {', '.join(said)}")
        self._told = progress.seconds
        self._next = progress.seconds + _NEXT_LINE


class Bar(Display):
    """A bar with a line of numbers below it, drawn anew several times a second and gone at the end.

    :param console: the terminal.
    """

    def __init__(self, console: Console) -> None:
        from rich.live import Live

        self._speed = Speed()
        self._last: Progress | None = None
        self._at = 0.0
        self._live = Live(
            console=console,
            get_renderable=self.drawn,
            refresh_per_second=_A_SECOND,
            transient=True,
            redirect_stdout=False,  # what is said on stderr goes above the bar; stdout is somebody else's
        )

    def __call__(self, progress: Progress) -> None:
        """How far a run is; it is drawn a moment later, by a thread of the bar's own."""
        self._speed.add(progress)
        self._last, self._at = progress, time.monotonic()

    def __enter__(self) -> Bar:  # noqa: PYI034 - Self came with Python 3.11
        self._live.start()
        return self

    def close(self) -> None:
        """Take the bar away."""
        self._live.stop()

    def drawn(self) -> RenderableType:
        """What the terminal shows now."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        progress = self._last
        if progress is None:
            return Text("starting ...")
        total, done = progress.total_bytes, progress.done_bytes
        first = Table.grid(padding=(0, 1), expand=True)
        first.add_column(ratio=1)
        share = f"{min(100 * done / total, 100):.0f} %" if total else ""
        left = self._speed.left(progress)
        until = f"{duration(max(left, 1))} left" if left is not None else duration(progress.seconds)
        # The inner picture moves to and fro where nobody knows the end.
        first.add_row(ProgressBar(total, min(done, total) if total else 0, pulse=not total), share, until)
        events, speed, read, rejected, retries = _counts(progress, self._speed)
        second = Text().append(events, "bold").append(f"  {speed}  {read}  ")
        second.append(rejected, "yellow" if progress.tally.rejected else "").append(f"  {retries}")
        lines: list[RenderableType] = [first, second]
        # What was told may be old by now, and nothing new comes in before the pause ends.
        if (held := held_back(progress.waiting - (time.monotonic() - self._at))) is not None:
            lines.append(Text(held, "yellow"))
        return Group(*lines)
