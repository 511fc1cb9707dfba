"""What badges of triggers and states mean: the tooltip of each."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "webhook": "The service calls a public address when it happens",
    "polled": "The service is asked at intervals whether it has happened",
    "accepted": "Took the event: it counts",
    "dropped": "Would be dropped without an error",
    "duplicate": "An earlier event had the same id: this one does not count",
    "delivered": "The receiver took it",
    "waiting": "Not sent yet",
    "retrying": "An attempt failed; another one follows",
    "failed": "Every attempt failed",
    "done": "Passed on",
    "dead": "Could not be passed on; it can be sent again",
    "refused": "Its origin could not be verified",
}
"""Tooltips of triggers by how they learn of things, and of events, deliveries and items by their status."""
