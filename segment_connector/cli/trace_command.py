"""``segment-connector trace``: the way of an event, gate by gate, without sending it."""

from __future__ import annotations

from .inquiring import InvestigationCommand

_EXAMPLES = """\b
Examples:
  <program> trace NAME_OF_AN_EVENT --source SLUG
  <program> trace NAME_OF_AN_EVENT --payload event.json --json
  <program> trace NAME_OF_AN_EVENT --source SLUG --sandbox
"""

command = InvestigationCommand("trace", _EXAMPLES)
