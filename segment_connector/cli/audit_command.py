"""``segment-connector audit``: the workspace at a glance."""

from __future__ import annotations

from .inquiring import InvestigationCommand

_EXAMPLES = """\b
Examples:
  <program> audit
  <program> audit --html audit.html
  <program> audit --strict --json
"""

command = InvestigationCommand("audit", _EXAMPLES)
