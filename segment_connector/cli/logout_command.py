"""``segment-connector logout``: forget a connection that ``login`` kept."""

from __future__ import annotations

import click

from .common import stored_profiles
from .stored_profiles import DEFAULT


@click.command("logout")
@click.option("--profile", "name", metavar="NAME", default=DEFAULT, show_default=True, help="The name of the profile.")
def command(*, name: str) -> None:
    """Forget a connection that 'login' stored, with its secrets in the keyring."""
    stored_profiles().remove(name)
    click.echo(f"'{name}' is forgotten")
