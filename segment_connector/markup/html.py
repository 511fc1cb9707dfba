"""Pages for people from the Jinja files that stand beside the code which fills them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .look import logo
from .markdown import sentence

if TYPE_CHECKING:
    from jinja2 import Environment

_PACKAGE = Path(__file__).parents[1]


def html(name: str, **values: Any) -> str:
    """A page, or a part of one; every value in it is escaped.

    :param name: the file, from the package's folder on: ``bulk/report/report.html``.
    :param values: what the file names; a name that is missing is an error.
    """
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, auto_reload=False,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters["sentence"] = sentence
    made.globals["logo"] = logo()
    made.filters["json"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    return made
