"""Which encoding a text has, told by its bytes.

UTF-8 proves itself, UTF-16 has its mark or its zeros. Code pages of one byte a letter are told apart by the languages
that their letters would make: ``Łódź`` in cp1250 is ``£ódŸ`` in cp1252, which no language has. Latin-1 is cp1252
without the bytes 0x80 to 0x9f, so a text that has these (the euro sign, curly quotes) is cp1252, and one that has none
reads the same in both. The code pages of East Asia are told by charset-normalizer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_MARKS = ((b"\xef\xbb\xbf", ""), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
          (b"\xfe\xff", "utf-16"))  # fmt: skip
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ"
_WESTERN = (
    "äöüßé", "àâçéèêëîïôûùüÿœæ", "áéíóúüñ", "ãõáéíóúâêôçà", "àèéìòùí", "åäöé", "æøåé", "ëïéèöüá", "áðéíóúýþæö",
)  # fmt: skip
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž")
# The most usual first: where two read a text equally well, it is the first.
_PAGES: Mapping[str, tuple[str, ...]] = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "cp1254": ("çğ\u0131öşüâîi̇",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "cp1251": (_CYRILLIC,),
    "koi8-r": (_CYRILLIC,),
    "cp1253": (_GREEK,),
    "mac-roman": _WESTERN,
    "cp850": _WESTERN,
    "cp852": _CENTRAL,
}
_NAMES = {"cp1252": "Windows-1252", "cp1250": "Windows-1250", "cp1251": "Windows-1251", "cp1253": "Windows-1253",
          "cp1254": "Windows-1254", "cp1257": "Windows-1257", "utf-16": "UTF-16", "utf-16-le": "UTF-16",
          "utf-16-be": "UTF-16", "utf-32": "UTF-32", "mac-roman": "Mac Roman", "koi8-r": "KOI8-R", "cp850": "DOS 850",
          "cp852": "DOS 852"}  # fmt: skip
ENCODINGS = ("utf-8", *_PAGES, "latin-1", "utf-16", "shift_jis", "gb18030", "big5", "euc-kr")
"""Encodings that people may have, by Python's names, to choose from."""

_AROUND = re.compile(rb"[A-Za-z0-9 ]{0,3}[\x80-\xff]+[A-Za-z0-9]?")
_WORDS = 2_000  # of a sample; more would tell no more
_UNDECIDED_ZEROS = 0.3
_CONVINCING = 0.6  # points for a byte beyond ASCII
_ASCII = bytes(range(128))
_APOSTROPHE = "\u2019"
_MARKS_OF_WRITERS = f"€£°•«»¿¡§…„{_APOSTROPHE}\u2013\u2014\u2018\u201c\u201d"  # and dashes, and quotes


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the bytes of a text tell.

    :ivar codec: Python's name of the encoding; empty for UTF-8.
    :ivar sure: whether the bytes prove it; else it is a guess, which a person should know of.
    :ivar mixed: lines of UTF-8 stand beside lines that are none.
    """

    codec: str
    sure: bool = True
    mixed: bool = False


UTF_8 = Encoding("")


def title(codec: str) -> str:
    """What people call an encoding."""
    return _NAMES.get(codec, codec) if codec else "UTF-8"


def marked(head: bytes) -> Encoding | None:
    """The encoding that the first bytes of a text name, by a byte order mark or by the zeros of UTF-16; else None."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec)
    pair = head[:200]
    if len(pair) >= 2 and b"\0" in pair:
        even, odd = pair[::2], pair[1::2]
        if odd.count(0) > _UNDECIDED_ZEROS * len(odd) and 0 not in even:
            return Encoding("utf-16-le")
        if even.count(0) > _UNDECIDED_ZEROS * len(even) and 0 not in odd:
            return Encoding("utf-16-be")
    return None


def encoding_of(sample: bytes) -> Encoding:
    """The encoding of a text.

    :param sample: lines of it, among them all or many of those that have other bytes than ASCII has.
    """
    if (known := marked(sample)) is not None:
        return known
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    if lines and not sample.endswith(b"\n") and len(lines) > 1:
        lines = lines[:-1]  # the last one may be cut
    right = sum(map(_is_utf_8, lines))
    wrong = len(lines) - right
    if not wrong:
        return UTF_8
    # By chance a line of another encoding is UTF-8 as well, but seldom.
    if right * 10 >= wrong:
        return Encoding("", sure=False, mixed=True)
    return _guessed(b"\n".join(line for line in lines if not _is_utf_8(line)))


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _guessed(sample: bytes) -> Encoding:
    words = b"\n".join(_AROUND.findall(sample)[:_WORDS])
    scores: dict[str, tuple[float, str]] = {}
    for codec, languages in _PAGES.items():
        try:
            text = words.decode(codec)
        except UnicodeDecodeError:  # a byte that it does not have
            continue
        scores[codec] = _score(text, languages), text
    best = max(scores, key=lambda codec: scores[codec][0], default=None)
    if best is None or scores[best][0] < _CONVINCING * len(words.translate(None, _ASCII)):
        return _asian(sample) or Encoding(best or "cp1252", sure=False)
    score, text = scores[best]
    others = (one for one, (least, read) in scores.items() if least >= score and read != text)
    return Encoding(best, sure=next(others, None) is None)


def _score(text: str, languages: tuple[str, ...]) -> float:
    """How well a text reads: letters of one language are worth a point, what no writer would write costs two."""
    letters: dict[str, int] = {}
    score = 0.0
    before = "\n"
    for index, character in enumerate(text):
        if character > "\x7f":
            kind = unicodedata.category(character)
            if kind in ("Ll", "Lu"):
                letters[character] = letters.get(character, 0) + 1
                strange = kind == "Lu" and before.islower()  # or a letter of another script in a Latin word
                strange = strange or (character > "\u036f" and before.isascii() and before.isalpha())
                score -= 2 if strange else 0
            elif kind == "Cc" or (
                before.isalpha() and text[index + 1 : index + 2].isalpha() and character != _APOSTROPHE
            ):
                score -= 2
            elif character in _MARKS_OF_WRITERS or (character.isspace() and before.isdigit()):
                score += 1
            else:
                score -= 0.5
        before = character
    known = max(
        sum(count if letter.lower() in language else -2 * count for letter, count in letters.items())
        for language in languages
    )
    return score + known


def _asian(sample: bytes) -> Encoding | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None or best.encoding in ("ascii", "utf_8") or best.encoding.startswith(("utf", "cp8", "cp10")):
        return None
    return Encoding(best.encoding, sure=False)
