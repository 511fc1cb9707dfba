"""A catalogue as one HTML page that holds all it needs: style, script and icon."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from ..markup.markdown import sentence
from ..markup.page_style import SCRIPT, STYLE
from .facts import credential_rows, effect_of, example_of, kind_of, limits_of, meaning, title_of

_MANY = 20  # actions that are better found by a search, in groups, than by looking
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
_EFFECTS = {"read": "reads", "write": "writes", "delete": "deletes"}


def page(entry: Mapping[str, Any]) -> str:
    """The page of a catalogue in the shape that all platforms share."""
    title = title_of(entry)
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(_body(entry, title)) + f"\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _body(entry: Mapping[str, Any], title: str) -> Iterator[str]:
    connector, actions = entry["connector"], entry["actions"]
    icon = "".join(f'<span class="{theme}">{svg}</span>' for theme, svg in entry.get("icon", {}).items())
    yield f'<header>\n<div class="who"><div class="icon" aria-hidden="true">{icon}</div><h1>{escape(title)}</h1></div>'
    yield f"<p>{escape(connector['description'])}</p>"
    chips = [*entry["categories"], _count(len(actions), "action"), f"version {entry['version']}"]
    yield f'<ul class="chips">{"".join(f"<li class=chip>{escape(chip)}</li>" for chip in chips)}</ul>\n</header>'
    yield "<main>"
    yield from _authentication(entry["auth"])
    yield "<h2>Actions</h2>"
    yield from _actions(entry)
    yield "<h2>Limits and quotas</h2>\n<ul>"
    yield from (f"<li>{escape(line)}</li>" for line in limits_of(entry["limits"]))
    yield "</ul>\n</main>"
    docs = connector.get("docs")
    link = f' The service\'s own documentation: <a href="{escape(docs)}">{escape(docs)}</a>.' if docs else ""
    yield f'<footer class="soft">{escape(entry["platform"]["summary"])}{link}</footer>'


def _authentication(auth: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Authentication</h2>"
    if "description" in auth:
        yield f"<p>{escape(auth['description'])}</p>"
    steps = auth.get("steps", ())
    if steps:
        yield f"<ol>{''.join(f'<li>{escape(step)}</li>' for step in steps)}</ol>"
    yield '<div class="box"><dl>'
    for name, required, what, form in credential_rows(auth):
        must = '<span class="must">required</span>' if required == "yes" else ""
        shape = f" <code>{escape(form)}</code>" if form else ""
        yield f'<div class="row"><dt><code>{escape(name)}</code>{must}</dt><dd>{escape(what)}{shape}</dd></div>'
    yield "</dl></div>"


def _actions(entry: Mapping[str, Any]) -> Iterator[str]:
    actions = {action["name"]: action for action in entry["actions"]}
    if len(actions) <= _MANY:
        for action in actions.values():
            yield from _action(action)
        return
    yield (
        '<div class="find" hidden><input type="search" aria-label="Find an action" '
        f'placeholder="Find one of {len(actions)} actions, for example: source label">'
        '<p class="soft found" role="status"></p></div>'
    )
    for group in entry["groups"]:
        yield f'<section class="group"><h3>{escape(group["title"])}</h3>'
        yield f'<p class="soft">{escape(group.get("summary", ""))}</p>'
        for name in group["actions"]:
            yield from _action(actions[name])
        yield "</section>"


def _action(action: Mapping[str, Any]) -> Iterator[str]:
    name, effect = action["name"], action["effect"]
    words = " ".join((name, action["title"], action["summary"], action["group"])).lower().replace("_", " ")
    yield f'<details id="{escape(name)}" data-words="{escape(f"{words} {name.lower()}")}"><summary>'
    yield f'<code class="name">{escape(name)}</code><span class="chip {effect}">{_EFFECTS[effect]}</span>'
    if action["stability"] != "stable":
        yield f'<span class="chip write">{escape(action["stability"])}</span>'
    yield f'<span class="said">{escape(action["title"])}</span></summary>'
    yield f'<div class="inside"><p>{escape(sentence(action["description"]))}</p>'
    yield f'<p class="soft">{escape(effect_of(action))}.</p>'
    if action["parameters"]:
        yield "<h4>Parameters</h4><dl>"
        for one in action["parameters"]:
            must = '<span class="must">required</span>' if one["required"] else ""
            advanced = '<span class="type">advanced</span>' if one["ui"]["advanced"] else ""
            example = example_of(one)
            shown = f" Example: <code>{escape(example)}</code>" if example else ""
            yield (
                f'<div class="row"><dt><code>{escape(one["name"])}</code>'
                f'<span class="type">{escape(kind_of(one))}</span>{must}{advanced}</dt>'
                f"<dd>{escape(meaning(one))}{shown}</dd></div>"
            )
        yield "</dl>"
    for rule in action["rules"]:
        yield f'<p class="note">{escape(sentence(rule["message"]))} {escape(sentence(rule["hint"]))}</p>'
    yield "<h4>Answer</h4><dl>"
    for one in action["outputs"]:
        yield (
            f'<div class="row"><dt><code>{escape(one["name"])}</code><span class="type">{escape(one["type"])}</span>'
            f"</dt><dd>{escape(one.get('description', ''))}</dd></div>"
        )
    yield "</dl>"
    if "sample" in action:
        for noun in ("input", "output"):
            shown = json.dumps(action["sample"][noun], indent=2, ensure_ascii=False)
            label = f"Example {noun}: {action['sample']['title']}" if noun == "input" else "Example output"
            yield f"<h4>{escape(label)}</h4><pre tabindex=0><code>{escape(shown)}</code></pre>"
    if "docs" in action:
        yield f'<p><a href="{escape(action["docs"])}">The service about this call</a></p>'
    yield "</div></details>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
