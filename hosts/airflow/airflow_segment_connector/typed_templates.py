"""Templates that keep types: a lone ``{{ expression }}`` is the value that it has, not the text of it.

Airflow renders every template to text, or, where a DAG says so, guesses a type from the text: ``"00123"`` becomes a
number then. Here a field that is one expression and nothing else has the expression's own value, whatever the DAG says;
where there is text around it, the result is text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Undefined, nodes

if TYPE_CHECKING:
    import jinja2


class KeepsTypes:
    """For operators, before their base class: renders lone expressions to their values."""

    def render_template(
        self, content: Any, context: Any, jinja_env: jinja2.Environment | None = None, seen_oids: set[int] | None = None
    ) -> Any:
        """A template's value, as Airflow asks for it.

        :raises jinja2.UndefinedError: for a name that is not there, unless the DAG's ``template_undefined`` takes it
            for empty text.
        """
        if isinstance(content, str) and "{{" in content:
            jinja_env = jinja_env or self.get_template_env()  # type: ignore[attr-defined]
            expression = lone_expression(content, jinja_env)
            if expression is not None:
                value = jinja_env.compile_expression(expression, undefined_to_none=False)(**context)
                return str(value) if isinstance(value, Undefined) else value
        return super().render_template(content, context, jinja_env, seen_oids)  # type: ignore[misc]


def lone_expression(template: str, jinja_env: jinja2.Environment) -> str | None:
    """The expression that a template consists of, or ``None`` when there is more or less in it.

    :raises jinja2.TemplateSyntaxError: when it cannot be parsed.
    """
    text = template.strip()
    if not (text.startswith("{{") and text.endswith("}}")):
        return None
    body = jinja_env.parse(text).body
    if len(body) != 1 or not isinstance(body[0], nodes.Output) or len(body[0].nodes) != 1:
        return None
    return text[2:-2].strip("+-").strip()
