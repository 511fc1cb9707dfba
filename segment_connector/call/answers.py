"""How the answers of one API are read, by the templates under ``answer`` in ``connector.yaml``."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..language.connector_records import AnswerRules as Spec
from ..templates.compiler import Compiler, Template, left_out
from ..values.json_values import decode

if TYPE_CHECKING:
    from ..http.transport import Response

ANSWER_NAMES = ("response",)


class CompiledAnswer:
    """The templates by which an API's answers are read, each compiled on first use.

    :param spec: what ``connector.yaml`` says, and ``path`` that file.
    """

    def __init__(self, spec: Spec, path: str) -> None:
        self._spec = spec
        self._path = path

    def refuses(self, body: Any) -> bool:
        """Whether an answer with a good status says no all the same."""
        if self._refused_when is None:
            return False
        verdict = self._refused_when.evaluate({"response": {"body": body}})
        return not left_out(verdict) and bool(verdict)

    def asked_wait(self, answer: Response) -> str | None:
        """The wait that an answer asks for, in seconds or as an HTTP date: by its header, else by its body."""
        header = answer.headers.get("Retry-After")
        if header is not None or self._retry_after_ms is None:
            return header
        try:
            body = decode(answer.body)
        except ValueError:
            return None
        wanted = self._retry_after_ms.evaluate({"response": {"status": answer.status, "body": body}})
        if isinstance(wanted, bool) or not isinstance(wanted, (int, float)) or wanted <= 0:
            return None
        return str(math.ceil(wanted / 1000))

    @cached_property
    def error(self) -> Template:
        """Gives ``message``, ``field`` and ``details`` of a refusal, as far as they are there."""
        return self._template("answer.error", dict(self._spec.error))

    @cached_property
    def _refused_when(self) -> Template | None:
        tree = self._spec.refused_when
        return None if tree is None else self._template("answer.refused_when", tree)

    @cached_property
    def _retry_after_ms(self) -> Template | None:
        tree = self._spec.retry_after_ms
        return None if tree is None else self._template("answer.retry_after_ms", tree)

    def _template(self, place: str, tree: Any) -> Template:
        compiler = Compiler(ANSWER_NAMES, (), self._path)
        return compiler.template(compiler.value(tree, place), place)
