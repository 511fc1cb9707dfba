"""Write JSON values as YAML that every reader takes for the same values, ours included."""

from __future__ import annotations

import re
from typing import Any

import yaml

# What YAML 1.1, 1.2 or our own reader may take for something else than text.
_DOUBTFUL = re.compile(r"(?=\D*\d)[-+.0-9_:xobeEa-fA-F]+\Z|(?i:y|n|yes|no|on|off|true|false|null|nan|inf)\Z")
# What PyYAML would write as it is, though no reader takes it (control characters) or takes it for a line break.
_UNSAFE = re.compile("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\ufeff]")


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True  # what occurs twice is written twice: our reader refuses aliases

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)  # the entries of a list stand further in than its name


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if _DOUBTFUL.match(text) or _UNSAFE.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """The YAML text of a JSON value: block style, members in their order, lines of about 120 characters."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text
