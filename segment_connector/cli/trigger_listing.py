"""What 'list --triggers' and 'show TRIGGER' write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from ..errors import UnknownActionError, known_names
from ..language.trigger_records import Trigger
from .common import program
from .output import paragraph, table
from .output_formats import emit, is_asked_for

if TYPE_CHECKING:
    from ..connector import Connector
    from ..language.specs import Specs

_INNER = ("path", "examples")
_KINDS = {"webhook": "called", "poll": "polled"}


def list_triggers(specs: Specs, group: str | None, search: str | None) -> None:
    """Write name, kind and summary of triggers.

    :raises UnknownActionError: when there is no such group.
    """
    from ..language.trigger_files import Triggers

    triggers = Triggers(specs)
    every = list(triggers.values())
    groups = dict.fromkeys(one.group for one in every)
    if group is not None and group not in groups:
        hint = known_names(group, groups) if groups else "there are no triggers"
        message = f"no trigger is in a group '{group[:80]}'"
        raise UnknownActionError.of("unknown_group", message, hint, field="--group")
    chosen = [one for one in every if group in (None, one.group)]
    if search is not None:
        from ..language.trigger_search import trigger_ranking

        chosen = trigger_ranking(triggers).find(search, lambda one: group in (None, one.group))
    if emit([_summary(one) for one in chosen]):
        return
    if not chosen:
        click.echo(f"none of {len(every)} triggers is like that", err=True)
        return
    click.echo("\n".join(table([(one.name, _KINDS[one.kind], one.summary) for one in chosen])))


def _summary(trigger: Trigger) -> dict[str, Any]:
    names = ("name", "group", "title", "summary", "kind", "needs", "stability", "keywords")
    return {name: getattr(trigger, name) for name in names}


def show_trigger(connector: Connector, trigger: Trigger) -> None:
    """Write everything that one should know of a trigger."""
    if is_asked_for():
        whole = {name: value for name, value in asdict(trigger).items() if name not in _INNER}
        sample = next(iter(connector.sample(trigger.name)), None)
        emit({**whole, "parameters": trigger.input_schema, "sample": sample}, lambda: _rows(trigger))
        return
    from ..docs.schema_words import facts, kind

    click.echo(
        "\n\n".join([f"{trigger.name}: {trigger.title}", *map(paragraph, (trigger.summary, trigger.description))])
    )
    click.echo("\n" + "\n".join(table(list(_facts(trigger)))))
    click.echo(f"\nExample:\n  {program()} listen {trigger.name} {_sample_inputs(trigger)}--sandbox")
    rows = [
        (
            name + (" *" if name in trigger.required else ""),
            kind(schema),
            f"{schema.get('description', '')} ({', '.join(facts(schema))})",
        )
        for name, schema in trigger.parameters.items()
    ]
    if rows:
        click.echo("\nParameters (* must be given)\n" + "\n".join(table(rows)))
    outputs = [(name, kind({"type": one.type}), one.description) for name, one in trigger.outputs.items()]
    click.echo("\nOutput\n" + "\n".join(table(outputs)))


def _sample_inputs(trigger: Trigger) -> str:
    given = trigger.examples[0].input if trigger.examples else {}
    return "".join(f"-p {name}={given[name]} " for name in trigger.required if isinstance(given.get(name), str))


def _facts(trigger: Trigger) -> Iterator[tuple[str, str]]:
    if trigger.poll is not None:
        yield "kind", f"polled every {trigger.poll.every:g} s"
    else:
        yield "kind", "called by the service at a public address"
    if trigger.needs:
        yield "needs", ", ".join(trigger.needs)
    if trigger.stability != "stable":
        yield "stability", trigger.stability
    if trigger.docs:
        yield "docs", trigger.docs


def _rows(trigger: Trigger) -> Iterator[dict[str, Any]]:
    for name, schema in trigger.parameters.items():
        yield {"parameter": name, "required": name in trigger.required, "description": schema.get("description", "")}
