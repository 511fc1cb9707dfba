"""Sizes, times and outcomes of a run in words, the same on the terminal and in the report."""

from __future__ import annotations

from ..tally import BulkResult, Tally

# seconds in a unit, its name, and the unit below it
_UNITS = ((86_400, "day", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def count(number: int, noun: str) -> str:
    """``1 event``, ``2,500 events``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def size(number: float) -> str:
    """Bytes in the unit that people would take: ``512 bytes``, ``48 kB``, ``1.2 GB`` (1 kB is 1,000 bytes)."""
    if number < 1000:
        return count(int(number), "byte")
    for unit in ("kB", "MB", "GB", "TB"):
        number /= 1000
        if number < 999.5 or unit == "TB":
            break
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:,.0f} {unit}"


def duration(seconds: float) -> str:
    """Seconds in words, with at most two units: ``12 ms``, ``0.4 s``, ``42 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for unit, name, below, below_name in _UNITS:
        if whole >= unit:
            first, rest = divmod(whole, unit)
            second = f" {rest // below} {below_name}" if rest >= below else ""
            return f"{first} {name}{'s' if name == 'day' and first > 1 else ''}{second}"
    return f"{whole} s"


def rate(number: float, seconds: float) -> str:
    """How many a second: ``38,200/s``, ``2.5/s``."""
    a_second = number / seconds if seconds else 0.0
    return f"{a_second:,.0f}/s" if a_second >= 9.95 or not a_second else f"{a_second:.1f}/s"


def passed(tally: Tally, *, dry_run: bool) -> int:
    """Events that were accepted; in a dry run, those that would be."""
    return tally.read - tally.rejected if dry_run else tally.accepted


def headline(result: BulkResult) -> str:
    """What came of a run, in one sentence."""
    tally, good = result.tally, passed(result.tally, dry_run=result.dry_run)
    begin, would, sent = (
        ("Dry run", "would be accepted", "; nothing was sent") if result.dry_run else ("Done", "accepted", "")
    )
    if result.outcome == "failed":
        return f"Failed: {result.message or result.code or 'no reason was given'}"
    if result.outcome == "stopped":
        return f"Stopped before the end: {count(good, 'event')} {would}{sent}"
    if not tally.read and tally.skipped:
        return f"{begin}: nothing was left to do; an earlier run processed everything"
    if not tally.read:
        return f"{begin}: the source contains no event"
    if tally.rejected:
        return f"{begin}: {count(good, 'event')} {would}, {count(tally.rejected, 'record')} rejected{sent}"
    every = "the event" if good == 1 else f"all {count(good, 'event')}"
    return f"{begin}: {every} {would}{sent}"
