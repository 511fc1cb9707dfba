"""The few forms of Markdown that pages are made of; they read the same on a site, in a repository and in an editor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_SPECIAL = re.compile(r"([\\*`\[\]|~])|(?<!\w)(_)|(_)(?!\w)")


def text(words: str) -> str:
    """Words of a spec as Markdown: nothing in them is taken for markup, and lines become one."""
    escaped = _SPECIAL.sub(lambda found: f"\\{found[0]}", " ".join(words.split()))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")


def code(words: str) -> str:
    """Words in the type of a program, on one line; a pipe would end a cell of a table, so it is spelled."""
    if re.search(r"[|`\n]", words):
        spelled = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for char in "|`\\*_[]":
            spelled = spelled.replace(char, f"&#{ord(char)};")
        return f"<code>{spelled}</code>".replace("\n", "&#10;")
    return f"`{words}`" if words.strip() else '`""`'


def codes(names: Iterable[str]) -> str:
    """Several names of programs, with commas between them."""
    return ", ".join(map(code, names))


def link(label: str, target: str) -> str:
    """A link; the label is Markdown already."""
    return f"[{label}]({target})"


def sentence(words: str) -> str:
    """A fragment of a spec as a sentence: a stop ends it, and a capital begins it unless that is somebody's name."""
    first = words.split(" ", 1)[0]
    start = words[:1] if first != first.lower() or "_" in first else words[:1].upper()
    rest = words[1:].rstrip(".")
    return f"{start}{rest}" if rest.endswith(("?", "!")) else f"{start}{rest}."


def block(content: str, language: str) -> str:
    """A code block, fenced by more backticks than its content has."""
    longest = max((len(run) for run in re.findall(r"`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{content}\n{fence}"


def tabs(forms: Iterable[tuple[str, str]]) -> str:
    """Forms of one thing under a title each: a site shows the one that its reader chose last, a repository all."""
    return "\n\n".join(f"/// tab | {title}\n\n{content}\n\n///" for title, content in forms)


def unsearched(content: str) -> str:
    """Content that a site's search leaves out, such as the made-up values of examples."""
    return f"<div data-search-exclude markdown>\n\n{content}\n\n</div>"


def beside(*columns: str) -> str:
    """Columns that stand side by side where a site is wide enough, and one below the other everywhere else."""
    inner = "\n\n".join(f"<div markdown>\n\n{column}\n\n</div>" for column in columns)
    return f'<div class="beside" markdown>\n\n{inner}\n\n</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; nothing when there are no rows."""
    lines = [f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines]) if lines else ""


def cards(rows: str) -> str:
    """A table each row of which is a card where a site is narrow."""
    return f'<div class="cards" markdown>\n\n{rows}\n\n</div>' if rows else ""


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and facts, the first of which stands as its heading."""
    head, *rest = rows
    return table(head, rest)


def quote(words: str) -> str:
    """A paragraph that is set off, for what must not be missed; the words are Markdown already."""
    return f"> {words}"


def picture(told: str, target: str) -> str:
    """A picture.

    :param told: what it shows, for those who do not see it.
    """
    return f"![{told}]({target})"


def picture_of_each(told: str, path: str) -> str:
    """A picture that there is for a light and a dark ground, as ``PATH-light.png`` and ``PATH-dark.png``."""
    return "\n".join(picture(told, f"{path}-{scheme}.png#only-{scheme}") for scheme in ("light", "dark"))


def bullets(items: Iterable[str]) -> str:
    """A list of items that are Markdown already."""
    return "\n".join(f"- {item}" for item in items)


def slug(heading: str) -> str:
    """The anchor of a heading, as sites and repositories make it."""
    return re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


def page(source: str, parts: Iterable[str]) -> str:
    """A page from its parts, those that are empty left out.

    :param source: what it is written from, for the remark on top.
    """
    return "\n\n".join([_remark(source), *_given(parts)]) + "\n"


MARK = "<!-- Written by 'segment-connector docs' from "


def _remark(source: str) -> str:
    return f"{MARK}{source}. Change that, not this page. -->"


def _given(parts: Iterable[str]) -> Iterator[str]:
    return (part for part in parts if part)
