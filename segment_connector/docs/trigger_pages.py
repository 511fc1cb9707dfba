"""The pages of triggers: the list of them, one page each, and one for the ways in which the service calls out."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.step_records import Step
from ..language.trigger_files import WEBHOOKS, Triggers
from ..language.trigger_records import Poll, Trigger, TriggerExample, Webhook
from ..markup import markdown as md
from . import parameter_tables as tables
from .book import Book, to
from .literals import json_text

FOLDER = "triggers"
_INDEX = f"{FOLDER}/index.md"
_WAYS = f"{FOLDER}/webhooks.md"
_KINDS = {"webhook": "the service calls", "poll": "asked for"}
_MINUTE = 60


def trigger_pages(book: Book) -> dict[str, tuple[str, str]]:
    """Title and text by page, the list first; nothing when there are no triggers."""
    triggers = Triggers(book.specs)
    if not triggers:
        return {}
    found = {_INDEX: ("Triggers", md.page("triggers/", _index(book, triggers)))}
    for trigger in triggers.values():
        page = page_of_trigger(trigger)
        source = f"triggers/{trigger.group}/{trigger.name}.yaml"
        found[page] = (trigger.title, md.page(source, _trigger(book, trigger, page)))
    if triggers.webhooks:
        found[_WAYS] = ("How deliveries come", md.page(f"triggers/{WEBHOOKS}", _ways(book, triggers)))
    return found


def page_of_trigger(trigger: Trigger) -> str:
    """The page of a trigger."""
    return f"{FOLDER}/{trigger.name}.md"


def _index(book: Book, triggers: Triggers) -> Iterator[str]:
    yield "# Triggers"
    yield (
        f"{len(triggers)} things that happen at the service and start a workflow. Each item is passed on at least "
        "once, and has an id by which it is counted once."
    )
    groups: dict[str, list[Trigger]] = {}
    for trigger in triggers.values():
        groups.setdefault(trigger.group, []).append(trigger)
    for group, ones in groups.items():
        yield f"## {md.text(book.group(group).title)}"
        yield md.table(
            ("Trigger", "Name", "How it arrives", "When it starts a workflow"),
            (
                (md.link(md.text(one.title), to(page_of_trigger(one), _INDEX)), md.code(one.name), _KINDS[one.kind],
                 book.prose(one.summary, _INDEX))
                for one in ones
            ),
        )  # fmt: skip


def _trigger(book: Book, trigger: Trigger, page: str) -> Iterator[str]:
    yield f"# {md.text(trigger.title)}"
    yield book.prose(trigger.description, page)
    yield md.facts(list(_facts(book, trigger, page)))
    if trigger.parameters:
        yield "## Parameters"
        yield tables.parameters(book, page, trigger.parameters, trigger.required)
    if trigger.rules:
        yield md.bullets(
            f"{md.code(rule.field)}: {md.text(md.sentence(rule.message))} {md.text(md.sentence(rule.hint))}"
            for rule in trigger.rules
        )
    yield "## Output"
    outputs = {
        name: {**one.schema, "type": one.type, "description": one.description} for name, one in trigger.outputs.items()
    }
    yield tables.flat(book, page, outputs, None)
    for example in trigger.examples[:1]:
        yield from _example(trigger, example)
    yield "## Try it"
    yield md.block(_call(book, trigger), "sh")


def _facts(book: Book, trigger: Trigger, page: str) -> Iterator[tuple[str, str]]:
    yield "Name", md.code(trigger.name)
    if trigger.poll is not None:
        yield "How", f"{book.spec.title} is asked every {_span(trigger.poll)}, by {_asked(book, trigger.poll, page)}"
    else:
        yield "How", md.link(f"{md.text(book.spec.title)} calls", f"{to(_WAYS, page)}#{md.slug(trigger.webhook or '')}")
    if trigger.needs:
        yield "Needs", ", ".join(md.code(name) for name in trigger.needs)
    if trigger.stability != "stable":
        yield "Stability", trigger.stability
    if trigger.docs:
        yield "Documentation", f"<{trigger.docs}>"


def _span(poll: Poll) -> str:
    if poll.every < _MINUTE * 2:
        return "minute" if poll.every == _MINUTE else f"{poll.every:g} seconds"
    return f"{poll.every / _MINUTE:g} minutes"


def _asked(book: Book, poll: Poll, page: str) -> str:
    names = [call.action for call in poll.calls]
    return " and ".join("the action that is named" if "{{" in name else book.mention(name, page) for name in names)


def _example(trigger: Trigger, example: TriggerExample) -> Iterator[str]:
    yield f"For example: {md.text(example.title)}. With these parameters:"
    yield md.block(json_text(example.input), "json")
    if example.body is not None:
        yield "this delivery:"
        yield md.block(example.body.strip(), "json")
    if example.items:
        yield "gives:"
        yield md.block(json_text({"trigger": trigger.name, **example.items[0]}), "json")


def _call(book: Book, trigger: Trigger) -> str:
    given = trigger.examples[0].input if trigger.examples else {}
    words = [book.specs.command, "listen", trigger.name]
    for name in trigger.parameters:
        if name in given:
            value = given[name]
            words.append(f"-p {name}={value}" if isinstance(value, str) else f"-p {name}:='{json_text(value)}'")
    return " ".join(words) + " --sandbox"


def _ways(book: Book, triggers: Triggers) -> Iterator[str]:
    yield "# How deliveries come"
    for name, webhook in triggers.webhooks.items():
        yield f"## {md.text(name)}"
        yield f"**{md.text(webhook.title)}.** {book.prose(webhook.description, _WAYS)}"
        yield md.facts(list(_proof(webhook)))
        if webhook.manual:
            yield "By hand, where there is no token for the set-up:"
            yield "\n".join(f"{number}. {md.text(text)}" for number, text in enumerate(webhook.manual, 1))
        for title, steps in (("To set it up", webhook.subscribe), ("To take it down", webhook.unsubscribe)):
            if steps:
                yield f"{title}, these actions are called:"
                yield md.bullets(_step(book, step) for step in steps)


def _proof(webhook: Webhook) -> Iterator[tuple[str, str]]:
    rule = webhook.verify
    over = "the first item alone, as it was received" if rule.over == "first_item" else "the body as it was received"
    yield "Signature", f"{md.code(rule.header)}: HMAC-{rule.hash.upper()} over {over}, in {rule.encoding}"
    if rule.token_header:
        yield "Token", f"{md.code(rule.token_header)} proves all items of a delivery"
    limits = webhook.receive
    yield "At most", f"{limits.max_bytes:,} bytes and {limits.max_items:,} items a delivery"
    yield "Answered within", f"{limits.respond_within:g} s"


def _step(book: Book, step: Step) -> str:
    picked = ", to find an entry of its list" if step.pick else ""
    return f"{book.mention(step.action, _WAYS)}{picked}"
