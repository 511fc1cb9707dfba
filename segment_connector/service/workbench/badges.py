"""What badges of triggers and states mean: the tooltip of each."""

from __future__ import annotations

from collections.abc import Mapping

from .spoken import to_say

MEANINGS: Mapping[str, str] = {
    "webhook": to_say("The service calls a public address when it happens"),
    "polled": to_say("The service is asked at intervals whether it has happened"),
    "accepted": to_say("Took the event: it counts"),
    "dropped": to_say("Would be dropped without an error"),
    "duplicate": to_say("An earlier event had the same id: this one does not count"),
    "delivered": to_say("The receiver took it"),
    "waiting": to_say("Not sent yet"),
    "retrying": to_say("An attempt failed; another one follows"),
    "failed": to_say("Every attempt failed"),
    "done": to_say("Passed on"),
    "dead": to_say("Could not be passed on; it can be sent again"),
    "refused": to_say("Its origin could not be verified"),
}
"""Tooltips of triggers by how they learn of things, and of events, deliveries and items by their status."""
