"""A source as a stream of bytes: a file, a packed file as what is in it, or standard input."""

from __future__ import annotations

import io
import select
import sys
import threading
import zlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import InputError
from ..stopping import Stopped
from . import zip_members
from .partition import Partition

_PIECE = 64_000
_LOOK = 0.1  # seconds
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def open_bytes(path: str) -> Any:
    """A file as a stream of what is in it, unpacked where its first bytes say so; ``-`` is standard input.

    :returns: an ``io.FileIO`` where any position can be read, else something with ``read``, ``close`` and ``with``.
    :raises InputError: when it cannot be opened, or what unpacks it is not installed.
    """
    if path == "-":
        stdin = standard_input()
        return _unpacked(stdin, stdin.head(4), path)
    path, member = zip_members.split(path)
    try:
        raw = Path(path).open("rb", buffering=0)  # noqa: SIM115 - it is the caller's to close
    except OSError as error:
        raise InputError.of("source", f"cannot be read: {error.strerror}", "check its name", path=path) from error
    if not raw.seekable():
        raw.close()
        raise InputError.of("source", "is a pipe", "give it as standard input, and '-' as the source", path=path)
    head = raw.read(4)
    raw.seek(0)
    try:
        if member is not None or head in zip_members.MAGIC:
            found = zip_members.Member(raw, path, member)
            return _unpacked(found, found.head(4), path)
        return _unpacked(raw, head, path)
    except InputError:
        raw.close()
        raise


class StandardInput(io.RawIOBase):
    """Standard input, whose beginning can be looked at before it is read; it is not ours to close.

    :ivar stop: ends the wait for more of it, when it is set.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream: Any = stream
        self.stop: threading.Event | None = None
        self._ahead = b""

    def head(self, size: int) -> bytes:
        """Its first bytes that were not read yet, fewer than ``size`` only when there are no more.

        :raises Stopped: as ``readinto``.
        """
        while len(self._ahead) < size:
            self._wait()
            if not (data := self.stream.read1(size - len(self._ahead))):
                break
            self._ahead += data
        return self._ahead[:size]

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """What is there, without waiting for more than one byte.

        :raises Stopped: when nothing came until ``stop`` was set.
        """
        size = len(buffer)
        if not self._ahead:
            self._wait()
        data: bytes = self._ahead[:size] or self.stream.read1(size)
        self._ahead = self._ahead[len(data) :]
        buffer[: len(data)] = data
        return len(data)

    def _wait(self) -> None:
        if self.stop is None or sys.platform == "win32":  # which can wait for sockets only
            return
        try:
            descriptor = self.stream.fileno()
        except OSError:  # it stands for no file of the system's
            return
        while not select.select([descriptor], [], [], _LOOK)[0]:
            if self.stop.is_set():
                raise Stopped

    def close(self) -> None:
        """Leave it open."""


_known_input: StandardInput | None = None


def standard_input() -> StandardInput:
    """The same object as long as the process has the same standard input: what was looked at is read later."""
    global _known_input  # noqa: PLW0603 - a process has one standard input
    if _known_input is None or _known_input.stream is not sys.stdin.buffer:
        _known_input = StandardInput(sys.stdin.buffer)
    return _known_input


class _Packed:
    """What is in a packed stream.

    :param read: gives at most so many unpacked bytes, none at the end.
    :param raw: what it reads, to close after ``unpacker``.
    :param whole: whether the packed bytes so far are something whole.
    """

    def __init__(self, read: Callable[[int], bytes], unpacker: Any, raw: Any, whole: Callable[[], bool]) -> None:
        self._read = read
        self._unpacker = unpacker
        self._raw = raw
        self._whole = whole

    def read(self, size: int) -> bytes:
        data = self._read(size)
        if not data and not self._whole():
            raise EOFError("the compressed data ends too early")
        return data

    def close(self) -> None:
        self._unpacker.close()
        self._raw.close()

    def __enter__(self) -> _Packed:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unpacked(raw: Any, head: bytes, path: str) -> Any:
    if head.startswith(_GZIP):
        stream = _gzip().open(raw, "rb")
        # read() would throw away what it has when the next piece is broken.
        return _Packed(stream.read1, stream, raw, lambda: True)
    if head == _ZSTD:
        frames = _Frames(raw)
        reader = _zstandard(path).ZstdDecompressor().stream_reader(frames, read_across_frames=True, closefd=False)
        return _Packed(reader.read, reader, raw, lambda: frames.whole)
    return raw


def _gzip() -> Any:
    try:
        from isal import igzip
    except ImportError:
        import gzip

        return gzip
    return igzip


def _zstandard(path: str) -> Any:
    try:
        import zstandard
    except ImportError:
        message, hint = "is compressed with zstd, which is not installed", "run: pip install 'segment-connector[bulk]'"
        raise InputError.of("not_installed", message, hint, path=path) from None
    return zstandard


class _Frames:
    """Passes the bytes of a zstd stream on and follows its frames (RFC 8878, 3.1).

    Their own reader does not tell whether the last of them was whole.

    :ivar whole: whether a frame ends where the bytes so far do.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._steps = self._frames()
        self._held = b""
        self._wanted = next(self._steps)
        self.whole = True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._raw.read(size)
        self._follow(data)
        return data

    def _follow(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            step = min(abs(self._wanted) - len(self._held), len(data) - at)
            if self._wanted > 0:
                self._held += data[at : at + step]
            else:
                self._wanted += step
            at += step
            self.whole = False
            while self._wanted == len(self._held):
                held, self._held = self._held, b""
                self._wanted = self._steps.send(held)

    def _frames(self) -> Generator[int, bytes, None]:
        """Asks for so many bytes, or, below zero, to pass over so many."""
        while True:
            self.whole = True
            magic = yield 4
            if magic != _ZSTD:  # a frame to be passed over; what is none, the reader itself refuses
                yield -int.from_bytes((yield 4), "little")
                continue
            described = (yield 1)[0]
            single = described >> 5 & 1
            yield -(1 - single + (0, 1, 2, 4)[described & 3] + (single, 2, 4, 8)[described >> 6])
            last = False
            while not last:
                block = int.from_bytes((yield 3), "little")
                last = bool(block & 1)
                yield -(1 if block >> 1 & 3 == 1 else block >> 3)
            if described & 4:
                yield -4


def fill(stream: Any, size: int) -> tuple[bytes, Exception | None]:
    """So many bytes of a stream, fewer only at its end, or where it breaks off: then with the reason."""
    parts: list[bytes] = []
    left = size
    while left > 0:
        try:
            data = stream.read(left)
        except (EOFError, OSError, zlib.error) as error:
            return b"".join(parts), error
        except Exception as error:  # zstandard's own, which must not be imported to be caught
            if type(error).__module__.partition(".")[0] != "zstandard":
                raise
            return b"".join(parts), error
        if not data:
            break
        parts.append(data)
        left -= len(data)
    return parts[0] if len(parts) == 1 else b"".join(parts), None


def skip(stream: Any, position: int) -> int:
    """Read on to a position, in bytes, or to where the stream ends or breaks off. Gives the lines that were passed."""
    lines = 0
    while position > 0:
        data, _ = fill(stream, min(position, _PIECE))
        if not data:
            break
        position -= len(data)
        lines += data.count(b"\n")
    return lines


def skip_to(stream: Any, position: int) -> tuple[int, bytes]:
    """As ``skip``, and what was passed of the line that the position is inside of."""
    lines, begun = 0, b""
    while position > 0:
        data, _ = fill(stream, min(position, _PIECE))
        if not data:
            break
        position -= len(data)
        lines += data.count(b"\n")
        begun = data.rpartition(b"\n")[2] if b"\n" in data else begun + data
    return lines, begun


def broken(failure: Exception, partition: Partition, line: int | None) -> InputError:
    """What to say of a stream that broke off."""
    path = partition.path if partition.path != "-" else "standard input"
    what = f"cannot be read further: {_words(failure)}"
    if isinstance(failure, EOFError):
        what = "ends in the middle of its compressed data"
    hint = "copy or create the file again; everything before was processed, and the next run continues from there"
    return InputError.of("source", what, hint, path=path, line=line)


def _words(failure: Exception) -> str:
    if isinstance(failure, OSError) and failure.strerror:
        return failure.strerror
    return "its compressed data is damaged"
