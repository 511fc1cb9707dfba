"""``segment-connector erase``: delete or suppress everybody in a file, with a proof of what was asked."""

from __future__ import annotations

from .job_options import JobCommand

_EXAMPLES = """\b
Examples:
  <program> erase --file ids.csv --type KIND --dry-run
  <program> erase --file ids.csv --type KIND --count 1204
  <program> erase --follow --proof ids.csv.proof.json

\b
Exit codes:
  0    asked; with --follow: all of it is done
  1    the service refused a call; the same command continues
  2    bad input; nothing was sent
  3    with --follow: not all of it is done
"""

command = JobCommand("erase", _EXAMPLES)
