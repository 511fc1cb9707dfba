"""What Jinja's own code makes of an expression: the evaluator of the package must mean the same."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import jinja2
from jinja2 import nodes

from segment_connector.templates.grammar import ENVIRONMENT


def by_jinja(expression: nodes.Expr) -> Callable[[Mapping[str, Any]], Any]:
    """A function from names to the value of an expression."""
    expression = copy.deepcopy(expression)  # Jinja's optimizer changes it
    tree = nodes.Template([nodes.Assign(nodes.Name("result", "store"), expression)])
    for node in (tree, *tree.find_all(nodes.Node)):
        if node.lineno is None:
            node.lineno = 1
    tree.set_environment(ENVIRONMENT)
    template = jinja2.Template.from_code(ENVIRONMENT, ENVIRONMENT.compile(tree, name="template"), {})

    def evaluate(names: Mapping[str, Any]) -> Any:
        context = template.new_context(dict(names), shared=True)
        assert not list(template.root_render_func(context))  # an assignment renders nothing
        return context.vars["result"]

    return evaluate
