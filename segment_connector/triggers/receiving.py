"""From a delivery to items, without I/O: verified, told apart, filtered, or refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ConnectorError, Problem
from .compiled_trigger import CompiledTrigger
from .delivery_text import read_delivery
from .items import Item
from .verification import Proof, verdict

_STATUS = {"too_large": 413, "too_many": 413, "not_utf8": 400, "not_json": 400, "no_items": 400}
_UNPROVED = 401
_TAKEN = 200
_UNREADABLE = 422


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """An item that is not handed on.

    :ivar index: its place in the delivery, from 0.
    :ivar problem: why: ``unverified``, ``not_an_object`` or what a template says of it.
    :ivar item: what would be handed on if it were taken; ``None`` where nothing could be read of it.
    """

    index: int
    problem: Problem
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Reception:
    """What became of a delivery.

    :ivar status: the HTTP status to answer.
    :ivar proof: what proves where it comes from.
    :ivar problem: why all of it is refused, or ``None``.
    :ivar items: what is to be handed on, in the order of the delivery.
    :ivar refused: items that are not.
    :ivar filtered: how many items the inputs do not ask for.
    """

    status: int
    proof: Proof = "none"
    problem: Problem | None = None
    items: list[Item] = field(default_factory=list)
    refused: list[RefusedItem] = field(default_factory=list)
    filtered: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The reception as JSON values."""
        return {
            "status": self.status,
            "proof": self.proof,
            "problem": self.problem and self.problem.to_dict(),
            "items": [item.to_dict() for item in self.items],
            "refused": [
                {"index": one.index, "problem": one.problem.to_dict(), "item": one.item and one.item.to_dict()}
                for one in self.refused
            ],
            "filtered": self.filtered,
        }


def receive(
    compiled: CompiledTrigger,
    inputs: Mapping[str, Any],
    headers: Mapping[str, str],
    raw: bytes,
    *,
    secret: str | None,
    token: str | None = None,
    allow_unverified: bool = False,
) -> Reception:
    """Verify a delivery and read its items.

    :param inputs: of the trigger, checked.
    :param headers: of the request.
    :param raw: its body, byte for byte as it came.
    :param secret: what the service signs with.
    :param token: what it sends in the token header, where it was told to.
    :param allow_unverified: take items of which nothing proves where they come from, and mark them. A signature or a
        token that is there and wrong is refused nevertheless.
    """
    webhook = compiled.webhook
    text = read_delivery(raw, webhook.receive, webhook.verify)
    if isinstance(text, Problem):
        return Reception(_STATUS[text.code], problem=text)
    proved = verdict(webhook.verify, headers, text.signed, secret, token)
    if proved.problem is not None and (proved.forged or not allow_unverified):
        return Reception(_UNPROVED, problem=proved.problem)
    items: list[Item] = []
    refused: list[RefusedItem] = []
    filtered = 0
    for index, value in enumerate(text.items):
        if not isinstance(value, dict):
            problem = Problem("not_an_object", "is not an object", "check what sends it", field=str(index))
            refused.append(RefusedItem(index, problem))
            continue
        names = {"item": value, "input": inputs}
        verified = proved.proof == "token" or (proved.proof == "signature" and not (text.first_only and index))
        try:
            if not compiled.wanted(names):
                filtered += 1
                continue
            item = compiled.item(names, verified=verified)
        except ConnectorError as error:
            refused.append(RefusedItem(index, error.problems[0]))
            continue
        if verified or allow_unverified:
            items.append(item)
        else:
            refused.append(RefusedItem(index, _unverified(webhook.verify.token_header), item))
    if items or filtered or not refused:
        status = _TAKEN
    else:
        status = _UNPROVED if any(one.problem.code == "unverified" for one in refused) else _UNREADABLE
    return Reception(status, proved.proof, None, items, refused, filtered)


def _unverified(token_header: str | None) -> Problem:
    hint = "let the service send items one by one"
    if token_header:
        hint += f", or let it send {token_header} with the subscription's token"
    return Problem("unverified", "the signature proves only the first item of a batch", hint)
