"""One call in the forms that people carry it away in; no secret is in any of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ....call.curl import curl_command
from ....docs.call_forms import command_text, python_call, step_text, tool_text
from ....redact import redact, secrets_in
from ..shown_request import scheme_of, shown_request
from ..spoken import to_say

if TYPE_CHECKING:
    from ....call.caller import Caller
    from ....call.request import Request

VIEWS = {
    "request": to_say("Request"),
    "curl": "curl",
    "yaml": "YAML step",
    "python": "Python",
    "command": to_say("Command line"),
    "tool": "MCP",
}
"""Title of each view of a call; all but the first are text to copy."""


def request_text(shown: Mapping[str, Any], form: str | None = None) -> str:
    """A shown request as text to copy.

    :param form: its body, where that is not valid JSON.
    """
    head = [f"{shown['method']} {shown['url']}", *(f"{name}: {value}" for name, value in shown["headers"].items())]
    body = [] if shown["body"] is None else ["", form or json.dumps(shown["body"], ensure_ascii=False, indent=2)]
    return "\n".join([*head, *body])


def call_text(caller: Caller, view: str, action: str, inputs: Mapping[str, Any], request: Request | None) -> str:
    """The call in one form.

    :param view: a key of ``VIEWS``.
    :param request: what is sent, for the views that show it; ``None`` when it cannot be made yet.
    :returns: empty for a view that needs a request when there is none.
    """
    schema = caller.specs.action(action).input_schema
    given = redact(inputs, secrets_in(schema, inputs))
    if view == "yaml":
        return step_text(action, given)
    if view == "python":
        return python_call(caller.spec, action, given)
    if view == "command":
        return command_text(caller.specs.command, action, given)
    if view == "tool":
        return tool_call(caller, action, given)
    if request is None:
        return ""
    if view == "request":
        shown = shown_request(caller, request)
        return request_text(shown, request.form_of(shown["body"]))
    return curl_command(caller.spec, request, scheme_of(caller, request))


def tool_call(caller: Caller, action: str, inputs: Mapping[str, Any]) -> str:
    """The message of an MCP client that makes the call, as far as agents may."""
    from ....hosts.agent_tools.offer import Offer

    return tool_text(Offer(caller.specs), action, inputs)
