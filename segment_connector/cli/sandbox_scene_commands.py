"""``sandbox deliveries``, ``deliver``, ``settle`` and ``play``: what the sandbox sends, and what happens by itself."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from .output import visible
from .output_formats import LineWriter, format_option, is_asked_for
from .sandbox_client import PAGE, WAIT, call, counted, fail, until_stopped, url_option, value_of

_COLOURS = {"delivered": "green", "waiting": "cyan", "retrying": "yellow", "failed": "red", "dropped": "red"}


@click.command()
@url_option
@click.option("--follow", "-f", is_flag=True, help="Continue with each new delivery, until Ctrl-C.")
@click.option("--status", type=click.Choice(list(_COLOURS)), help="Only deliveries with this status.")
@click.option("--since", type=click.IntRange(0), default=0, metavar="NUMBER", help="Only deliveries after this number.")
@format_option()
def deliveries(url: str, follow: bool, status: str | None, since: int) -> None:
    """Show what was sent to whoever asked for events, and how each try went."""
    query = f"&status={status}" if status else ""
    wait = WAIT if follow else 0
    nothing = "no such delivery yet" if status or since else "no delivery yet"
    shown, lines = 0, LineWriter(delivery_line)
    with until_stopped():
        while True:
            page = call(url, "GET", f"/deliveries?since={since}&limit={PAGE}&wait={wait}{query}", wait=wait)
            for one in page["deliveries"]:
                lines.write(one)
            shown += len(page["deliveries"])
            since = page["next"]
            if not follow and len(page["deliveries"]) < PAGE:
                break
    if not shown and not is_asked_for() and not follow:
        click.echo(nothing, err=True)


@click.command()
@url_option
@click.option("--batch", type=int, metavar="EVENTS", help="Send this many events as one list.")
@click.option("--recut", is_flag=True, help="If a list is not accepted, send it again as two requests.")
@click.option("--duplicates", type=int, metavar="NUMBER", help="Send it again this many times.")
@click.option("--reorder", type=int, metavar="NUMBER", help="Hold this many deliveries back, and send the last first.")
@click.option("--signature", metavar="KIND", help="What is wrong with it: wrong, truncated, upper or missing.")
@click.option("--tamper", type=int, metavar="PLACE", help="Change the event at this place, from 1, after signing.")
@click.option("--times", type=int, help="For this many deliveries.  [default: 1]")
def deliver(url: str, **options: Any) -> None:
    """Let the next deliveries be unusual."""
    wanted = {name: value for name, value in options.items() if value is not None and value is not False}
    asked = call(url, "POST", "/deliveries/faults", wanted)
    click.echo(f"asked for: {json.dumps(asked, ensure_ascii=False)}")


@click.command()
@url_option
@click.option("--seconds", type=click.FloatRange(0, 60), default=10, show_default=True, help="The longest to wait.")
@click.option("--hurry", is_flag=True, help="Retry at once what was not accepted.")
def settle(url: str, seconds: float, hurry: bool) -> None:
    """Wait until everything that arrived is sent.

    Exits with 1 when something is left.
    """
    told = call(url, "POST", "/deliveries/settle", {"seconds": seconds, "hurry": hurry}, wait=seconds)
    if not told["settled"]:
        click.echo(f"{counted(told['waiting'], 'delivery', 'deliveries')} left")
        raise click.exceptions.Exit(1)
    click.echo("everything is sent")


@click.command()
@url_option
@click.argument("scene", required=False)
@click.option(
    "-p", "--param", "pairs", multiple=True, metavar="NAME=VALUE", help="What the scene is given; NAME:=JSON too."
)
@click.option("--times", type=click.IntRange(1, 100_000), default=1, show_default=True, help="How often it happens.")
def play(url: str, scene: str | None, pairs: Sequence[str], times: int) -> None:
    """Let something happen that the service does by itself.

    Without SCENE it lists what there is.
    """
    scenes = call(url, "GET", "/scenes")["scenes"]
    if scene is None:
        for one in scenes:
            click.echo(f"{one['name']:<24} {one['title']}")
            for name, schema in one["parameters"].items():
                default = f"  [default: {schema['default']}]" if "default" in schema else ""
                click.echo(f"{'':<24}   {name}: {schema.get('description', '')}{default}")
        return
    known: Mapping[str, Any] = next((one["parameters"] for one in scenes if one["name"] == scene), {})
    call(url, "POST", f"/scenes/{scene}", {**_given(pairs, known), "times": times})
    click.echo(f"played {scene}" + (f" {times:,} times" if times > 1 else ""))


def _given(pairs: Sequence[str], known: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for text in pairs:
        name, equals, value = text.partition("=")
        in_json = name.endswith(":")
        name = name.removesuffix(":")
        if not equals or not name:
            fail(f"'{text}' is not a parameter", "write NAME=VALUE, for example -p times=2", 2)
        as_text = not in_json and known.get(name, {}).get("type") == "string"
        given[name] = value if as_text else value_of(value)
    return given


def delivery_line(one: Mapping[str, Any]) -> str:
    """One delivery on one line; colours are taken out again by ``click.echo`` where no terminal is."""
    tries = one["tries"]
    at = dt.datetime.fromisoformat(tries[-1]["at"].replace("Z", "+00:00")).astimezone() if tries else None
    status = click.style(f"{one['status']:<9}", fg=_COLOURS[one["status"]])
    answered = tries[-1]["status"] if tries else None
    parts = [str(answered) if answered else "", f"{one['method']} {one['url']}".strip()]
    numbers = ", ".join(map(str, one["events"][:5])) + (", ..." if len(one["events"]) > 5 else "")
    parts.append(("event " if len(one["events"]) == 1 else "events ") + numbers)
    if len(tries) > 1:
        parts.append(f"try {len(tries)}")
    if one["signature"] != "right":
        parts.append(f"signature: {one['signature']}")
    if one["reason"] and one["reason"] != f"HTTP {answered}":
        parts.append(one["reason"])
    if one["status"] == "retrying":
        parts.append(f"next try in {tries[-1]['wait']:.0f} s")
    clock = f"{at:%H:%M:%S}" if at else " " * 8
    return f"{one['number']:>4}  {clock}  {status}  {visible('  '.join(part for part in parts if part))}"
