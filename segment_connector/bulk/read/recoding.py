"""Texts of any encoding as streams of UTF-8, which is what the readers read."""

from __future__ import annotations

import codecs
from typing import Any

from .partition import Partition
from .streams import open_bytes

_KEEP = "segment-connector.keep"


def open_text(partition: Partition) -> Any:
    """The text of a partition's file as UTF-8; a byte that its encoding does not have stays as it is, and is none.

    :returns: what ``streams.open_bytes`` gives, or where the text is recoded the like of a packed file.
    :raises InputError: as ``streams.open_bytes``.
    """
    stream = open_bytes(partition.path)
    return Recoded(stream, partition.encoding) if partition.encoding else stream


class Recoded:
    """A stream of UTF-8.

    :param stream: what is read, in the encoding ``codec``.
    :ivar taken: how many bytes of it were read.
    """

    def __init__(self, stream: Any, codec: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(codec)(_KEEP)
        self._ahead = b""
        self._ended = False
        self.taken = 0

    def read(self, size: int) -> bytes:
        """At most this many bytes, none at the end."""
        while not self._ahead and not self._ended:
            data = self._stream.read(size)
            self.taken += len(data)
            self._ended = not data
            self._ahead = self._decoder.decode(data, self._ended).encode("utf-8", "surrogateescape")
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        return data

    def close(self) -> None:
        """Close what is read."""
        self._stream.close()

    def __enter__(self) -> Recoded:  # noqa: PYI034 - Self came with Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _kept(error: UnicodeError) -> tuple[str, int]:
    """As ``surrogateescape``, for bytes below 0x80 too: half a character of UTF-16 is not passed over in silence."""
    assert isinstance(error, UnicodeDecodeError)
    bad = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + (byte | 0x80)) for byte in bad), error.end


codecs.register_error(_KEEP, _kept)
