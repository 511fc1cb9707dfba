"""What a person may see of a call's outcome: everything but secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...redact import redact, secrets_in

if TYPE_CHECKING:
    from ...language.action_records import Action
    from ...result import Result


def masked(action: Action, inputs: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """A result as JSON values in which no secret is left: none of the inputs, and none that the answer brought.

    :param inputs: those with which the action was called.
    """
    secrets = secrets_in(action.input_schema, inputs)
    for name, output in action.outputs.items():
        secrets |= secrets_in(output.schema, result.outputs.get(name))
    shown: dict[str, Any] = redact(result.to_dict(), secrets)
    return shown
