"""``segment-connector arrived``: what the service can tell of events that were sent, and what that proves."""

from __future__ import annotations

from .inquiring import InvestigationCommand

_EXAMPLES = """\b
Examples:
  <program> arrived --event NAME_OF_AN_EVENT --since 10m
  <program> arrived MESSAGE_ID --event NAME_OF_AN_EVENT --user USER_ID --wait 120
  <program> arrived --source SLUG --since 2h --json
"""

command = InvestigationCommand("arrived", _EXAMPLES)
