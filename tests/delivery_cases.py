"""The deliveries of ``data/triggers/deliveries.yaml``, as they are sent."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

from segment_connector.language import yaml_reader
from segment_connector.triggers.subscription import Subscription

CASES = yaml_reader.read(Path(__file__).parent / "data" / "triggers" / "deliveries.yaml")


def body_of(case: dict[str, Any]) -> bytes:
    """The body of the request."""
    if "raw" in case:
        return bytes.fromhex(case["raw"])
    body = case["body"]
    if isinstance(body, str):
        return body.encode()
    if "bytes" in body:
        return b'{"messageId":"m1","a":"' + b"x" * body["bytes"] + b'"}'
    if "nested" in body:
        return b"[" * body["nested"]
    return b"[" + b",".join([body["of"].encode()] * body["repeat"]) + b"]"


def _signed(body: bytes) -> bytes:
    """The text of the event, or of the first one of a batch."""
    text = body.decode(errors="replace").strip()
    batch = text[1:].lstrip() if text.startswith("[") else text
    try:
        return batch[: json.JSONDecoder().raw_decode(batch)[1]].encode()
    except (ValueError, RecursionError):
        return b"" if batch == "]" else body


def headers_of(case: dict[str, Any], body: bytes, subscription: Subscription) -> dict[str, str]:
    """Its headers, signed or not as the case says."""
    how = case.get("sign", "right")
    text = _signed(body)
    secret = "another" if how == "other secret" else subscription.secret
    signature = hmac.new(secret.encode(), text, "sha256" if how == "sha256" else "sha1").hexdigest()
    made = {
        "upper": signature.upper(), "blanks": f"  {signature} ", "truncated": signature[:-2], "odd": signature[:-1],
        "wrong": hmac.new(secret.encode(), b"other", "sha1").hexdigest(), "no hex": "z" * 40, "empty": "",
        "ümläut": "ümläut",
    }  # fmt: skip
    headers = {} if how == "none" else {"x-signature": made.get(how, signature)}
    if "token" in case:
        headers["X-Connector-Token"] = subscription.token if case["token"] == "right" else "guessed"
    return headers
