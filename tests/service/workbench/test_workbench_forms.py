"""The forms of all actions without a browser: every example goes in and comes out as it was."""

from __future__ import annotations

import json

import pytest

from segment_connector import Connector
from segment_connector.hosts.agent_tools.finder_tools import RUN
from segment_connector.redact import redact, secrets_in
from segment_connector.service.workbench.action.call_views import VIEWS, call_text, tool_call
from segment_connector.service.workbench.colouring import coloured_json
from segment_connector.service.workbench.forms import form_values as values
from segment_connector.service.workbench.forms.form_values import UnreadableError

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def loaded() -> Connector:
    return Connector.load()


def test_every_parameter_has_a_field(loaded: Connector) -> None:
    kinds = {
        values.kind_of(schema)
        for name in loaded.specs.paths
        for schema in loaded.specs.action(name).parameters.values()
    }
    assert kinds == {"choice", "truth", "number", "moment", "text", "long text", "list", "object", "json"}


def test_a_call_can_be_carried_away_in_every_form_without_its_secrets(loaded: Connector) -> None:
    for name in loaded.specs.paths:
        action = loaded.specs.action(name)
        inputs = dict(action.examples[0].input)
        secrets = secrets_in(action.input_schema, inputs)
        request = loaded.caller.plan(name, inputs, {"region": "us", "spaceId": "spa_1"}, need_credential=False)
        for view in VIEWS:
            words = call_text(loaded.caller, view, name, inputs, request)
            assert words, (name, view)
            assert redact(words, secrets) == words, (name, view)


def test_what_is_no_tool_is_called_by_the_general_one(loaded: Connector) -> None:
    shown = loaded.spec.agents.tools
    other = next(
        name for name in loaded.specs.paths if name not in shown and loaded.specs.action(name).effect == "read"
    )
    assert json.loads(tool_call(loaded.caller, other, {}))["params"]["name"] == RUN
    assert json.loads(tool_call(loaded.caller, shown[0], {}))["params"]["arguments"] == {}


@pytest.mark.parametrize("typed", ["1", "-0.5", "1e3", "12345678901234567890", " 7 "])
def test_numbers(typed: str) -> None:
    assert values.number_of(typed) == json.loads(typed)


@pytest.mark.parametrize("typed", ["", "01", "1,5", "NaN", "Infinity", "0x10", "1_000", "٣"])
def test_what_is_no_number_stays_text(typed: str) -> None:
    assert values.number_of(typed) == typed.strip()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{", "line 1, column 2"),
        ('{"a": 1, "a": 2}', "the name 'a' occurs twice"),
        ("[NaN]", "JSON has no NaN"),
        ("[" * 5000 + "]" * 5000, "nested too deep"),
        ("9" * 5000, "a number has more than 4,000 digits"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(typed: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        values.parsed(typed)


def test_colours_keep_the_words_and_escape_them() -> None:
    words = json.dumps({"a<b": ["</script>", 1.5, None, True, 'q"uote']}, indent=2)
    html = coloured_json(words)
    assert "</script>" not in html
    assert '<span class="wb-j-key">"a&lt;b"</span>' in html
    assert html.count("<span") == html.count("</span>") == 6
