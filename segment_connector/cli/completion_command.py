"""``segment-connector completion``: what a shell needs to complete commands, actions, parameters and values."""

from __future__ import annotations

import click

from .common import program_name
from .shells import SHELLS, script

_EXAMPLES = """\b
Examples:
  eval "$(<program> completion bash)"              # in ~/.bashrc
  eval "$(<program> completion zsh)"               # in ~/.zshrc
  <program> completion fish | source               # in ~/.config/fish/config.fish
  <program> completion powershell | Out-String | Invoke-Expression   # in $PROFILE
"""


@click.command("completion", epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(list(SHELLS)))
def command(*, shell: str) -> None:
    """Print the script that lets a shell complete what is typed.

    Commands, options, actions, events, triggers, platforms, profiles, parameters (-p) and the values of parameters that
    have a list of them. With a token in the environment or in a profile, ids are completed too: sources, destinations
    and whatever else the workspace lists.
    """
    click.echo(script(shell, program_name()), nl=False)
