"""The words for how a service calls out: ``webhooks`` and ``senders`` of an API's simulation data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..language.connector_records import Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderRules:
    """Whose an event is: the entry that holds the credential which the event was sent with.

    :ivar events: the API that the events are sent to.
    :ivar at: path of the entries, and ``where`` what they must hold.
    :ivar member: their member that holds their credentials, and ``credential`` the connection's property for one.
    :ivar own: id of the entry that the sandbox's own credential belongs to.
    """

    events: str
    at: str
    member: str
    credential: str
    own: str
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletRules:
    """The entries that events are sent to.

    :ivar at: their path, and ``where`` what they must hold.
    :ivar sender: their member that holds the id of the sender whose events they get.
    """

    at: str
    sender: str
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRules:
    """The entries below an outlet that say what is sent, and where to; each does so by itself.

    :ivar below: last part of their path, and ``where`` what they must hold.
    :ivar condition: their member that holds the condition an event must meet.
    :ivar settings: their member that holds the settings, and ``place`` the member of an object in there that stands
        for a place in the event (a path that begins with ``$``).
    """

    below: str
    condition: str
    settings: str
    place: str
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRules:
    """A request that calls out; templates over ``settings``, ``mapping``, ``outlet``, ``event`` and ``now``.

    ``settings`` are those of the mapping, with what stands in the event in its places.

    :ivar headers: headers of every request; ``added_headers`` gives those of the outlet's owner.
    :ivar body: what is sent of an event.
    :ivar batch: how many events go into one request at most; one alone goes without a list around it.
    :ivar batch_wait: seconds that a request waits for more events.
    """

    method: str
    url: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    added_headers: str | None = None
    batch: str | None = None
    batch_wait: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRules:
    """How a request is signed: HMAC over the JSON text of what is sent of the first event, in hexadecimal digits.

    :ivar header: the header that holds it.
    :ivar secret: template for the secret; nothing is signed without one.
    """

    header: str
    hash: Literal["sha1", "sha256", "sha512"]
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRules:
    """How a service passes events on to whoever asked for them.

    :ivar events: the API whose accepted events are passed on.
    :ivar event: members that an event gets on its way when it has none; templates over ``event``, ``action``,
        ``received``, ``sender`` and ``now``.
    :ivar timeout: seconds to answer in.
    :ivar retry: when a request is tried again.
    """

    events: str
    outlets: OutletRules
    mappings: MappingRules
    request: RequestRules
    signature: SignatureRules
    event: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = 10
    retry: Retry = field(default_factory=Retry)
