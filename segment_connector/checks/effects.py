"""What an action says of its effect fits its HTTP method: hosts ask before a delete, and repeat what is idempotent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..errors import Problem
from ..language.action_records import Effect
from ..language.short_forms import EFFECTS
from .project import Project

NAME = "effects"


# The effects that a method can have.
METHODS: Mapping[str, frozenset[Effect]] = {
    "GET": frozenset(("read",)),
    "HEAD": frozenset(("read",)),
    "PUT": frozenset(("write", "delete")),
    "DELETE": frozenset(("delete",)),
    "POST": frozenset(("write", "delete")),
    "PATCH": frozenset(("write", "delete")),
}
# Some services read by POST, since the question is too long for an address. Such an action says so in its name.
READING_WORDS = frozenset(("count", "get", "list", "preview", "query", "read", "search", "validate"))


def check(project: Project) -> Iterator[Problem]:
    """Effects that the method cannot have, repeats that are not safe, and deletes that nobody is asked about."""
    for source, action in project.actions:
        if action.effect == "delete" and action.confirm is None:
            message, hint = "has no 'confirm', but deletes", "add the question that a person must answer first"
            yield project.problem(source.path, NAME, ("effect",), message, hint)
        name = action.endpoint.method
        if "{{" in name:
            continue  # the caller chooses it
        if name not in METHODS:
            message, hint = f"'{name}' is not a known method", f"there is {', '.join(METHODS)}"
            yield project.problem(source.path, NAME, ("endpoint",), message, hint)
            continue
        reads_by_post = name == "POST" and not READING_WORDS.isdisjoint(action.name.split("_"))
        allowed = METHODS[name] | ({"read"} if reads_by_post else set())
        if action.effect not in allowed:
            message = f"is '{action.effect}', but the method is {name}"
            hint = f"write {' or '.join(repr(effect) for effect in sorted(allowed))}"
            yield project.problem(source.path, NAME, ("effect",), message, hint)
        if EFFECTS[name][1] and not action.idempotent:
            message = f"is false, but a {name} can be repeated without harm"
            yield project.problem(source.path, NAME, ("idempotent",), message, "write true")
        elif action.effect == "read" and not action.idempotent:
            message = "is false, but reading can be repeated without harm"
            yield project.problem(source.path, NAME, ("idempotent",), message, "write true")
