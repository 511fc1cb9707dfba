"""The page of one action."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace

from ..call.curl import curl_command
from ..http.retry import RetryBudget
from ..language.action_records import Action, ErrorCase, Example
from ..language.connector_records import Api
from ..markup import markdown as md
from ..schema.doubtful_values import warnings_of
from . import parameter_tables as tables
from . import schema_words as words
from .book import CONNECTION, ERRORS, LIMITS, Book, group_page, page_of, to
from .call_forms import SERVICE, command_text, http_text, python_call, python_loop, step_text, tool_text
from .errors_page import in_order, shown
from .literals import json_text
from .windows_forms import cmd_text, powershell_text

_AN_INSTANT = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone.utc)
_INPUT = re.compile(r"\{\{ *input\.(\w+) *\}\}")
_EFFECTS = {"read": "reads", "write": "writes", "delete": "deletes"}
_PROMISES = {
    "beta": "Beta: the service may still change it.",
    "alpha": "Alpha: the service will still change it, and may take it away.",
}


def action_page(book: Book, action: Action) -> str:
    """The page of an action: what it does, how it is called, what it sends, what comes back, what can go wrong."""
    return md.page(book.source(action), _ReferencePage(book, action).parts())


class _ReferencePage:
    def __init__(self, book: Book, action: Action) -> None:
        self.book = book
        self.action = action
        self.page = page_of(action)
        self.api = book.api(action)

    def parts(self) -> Iterator[str]:
        action = self.action
        yield f"# {md.text(action.title)}"
        yield f"**{self.prose(action.summary)}**"
        yield self.prose(action.description)
        if action.deprecated is not None:
            yield md.quote(
                f"**Deprecated since {md.text(action.deprecated.since)}.** {self.prose(action.deprecated.use)}"
            )
        if action.stability in _PROMISES:
            yield md.quote(f"**{_PROMISES[action.stability]}**")
        if action.confirm:
            yield md.quote(f"**It asks first:** {self.prose(action.confirm)}")
        yield md.facts(self._facts())
        if action.examples:
            yield md.unsearched("\n\n".join(("## Example", *self._calls(action.examples[0]))))
        yield "## Parameters"
        yield from self._parameters()
        yield md.beside("\n\n".join(self._request()), "\n\n".join(self._answer()))
        yield from self._outputs()
        yield md.unsearched("\n\n".join(self._same_everywhere()))

    def _same_everywhere(self) -> Iterator[str]:
        """What reads alike on many pages, so that a search would find it on each of them."""
        action = self.action
        yield "## Errors"
        yield from self._errors()
        yield "## Limits"
        yield md.bullets(self._limits())
        if action.paging:
            yield "## Pages of the list"
            yield from self._paging()
        if action.confirm:
            yield "## Confirmation"
            yield from self._confirmation()
        if len(action.examples) > 1:
            yield "## More examples"
            for example in action.examples[1:]:
                yield from self._calls(example)

    def prose(self, said: str) -> str:
        return self.book.prose(said, self.page)

    def to(self, target: str) -> str:
        return to(target, self.page)

    def _facts(self) -> Iterator[tuple[str, str]]:
        action = self.action
        again = "a repeat cannot count twice" if action.idempotent else "a repeat may count twice"
        effect = _EFFECTS[action.effect]
        yield "Name", md.code(action.name)
        yield "Resource", md.link(md.text(self.book.group(action.group).title), self.to(group_page(action.group)))
        yield "Effect", effect if action.effect == "read" else f"{effect}; {again}"
        yield "Signs in with", self._signed()
        yield "Stability", action.stability
        if action.keywords:
            yield "Also found as", md.text(", ".join(action.keywords))
        service = md.code(f"{self.book.spec.command} serve")
        yield "Workbench", f"{md.link('open its form', f'{SERVICE}/actions/{action.name}')}, where {service} runs"
        if action.docs:
            yield f"{md.text(self.book.spec.title)}'s own page", f"<{action.docs}>"

    def _signed(self) -> str:
        if self.api is None:
            return f"what the chosen API needs; see {md.link('Connection', self.to(CONNECTION))}"
        ways = []
        # The last one is the plainest, which is the one to read first.
        for scheme in reversed(self.book.schemes(self.api)):
            named = self.book.credentials(scheme)
            ways.append(" and ".join(md.link(title, f"{self.to(CONNECTION)}#{md.slug(title)}") for _, title in named))
        return ", or ".join(ways) or "nothing"

    def _calls(self, example: Example) -> Iterator[str]:
        yield f"### {md.text(example.title)}"
        yield md.tabs((title, md.block(text, kind)) for title, text, kind in self._forms(example))

    def _forms(self, example: Example) -> Iterator[tuple[str, str, str]]:
        """Title, text and language of each form of a call."""
        book, name, inputs = self.book, self.action.name, example.input
        command = book.spec.command
        yield "Shell", command_text(command, name, inputs), "sh"
        yield "PowerShell", powershell_text(command, name, inputs), "powershell"
        yield "cmd", cmd_text(command, name, inputs), "bat"
        yield "Python", python_call(book.spec, name, inputs), "python"
        yield "HTTP", http_text(name, inputs), "sh"
        yield "YAML", step_text(name, inputs), "yaml"
        yield "MCP", tool_text(book.offer, name, inputs), "json"

    def _parameters(self) -> Iterator[str]:
        action = self.action
        if not action.parameters:
            yield "None."
            return
        folded = {name: schema for name, schema in action.parameters.items() if schema.get("advanced")}
        shown = {name: schema for name, schema in action.parameters.items() if name not in folded}
        yield tables.parameters(self.book, self.page, shown, action.required)
        if action.rules:
            yield "Also refused:"
            yield md.bullets(
                f"{md.code(rule.field)}: {self.prose(md.sentence(rule.message))} {self.prose(md.sentence(rule.hint))}"
                for rule in action.rules
            )
        if folded:
            yield "### Advanced parameters"
            yield tables.parameters(self.book, self.page, folded, action.required)
        if warnings := warnings_of(action):
            yield "### Warnings"
            yield "The call is made, and the result carries the warning:"
            yield md.bullets(
                f"{md.code(field)}: {self.prose(md.sentence(warn))} {self.prose(md.sentence(hint))}"
                for field, warn, hint in warnings
            )

    def _request(self) -> Iterator[str]:
        yield "## Request"
        action, endpoint = self.action, self.action.endpoint
        line = md.code(_INPUT.sub(r"{\1}", f"{endpoint.method} {endpoint.path}"))
        if self.api is None:
            yield f"{line} below the server of the API that is chosen."
        else:
            servers = ", ".join(
                f"{md.code(server)} ({region})" if region else md.code(server)
                for region, server in self.api.by_region.items()
            )
            yield f"{line} below the server of the {md.text(self.api.title)}: {servers}."
        if action.examples:
            book = self.book
            request = book.rehearsal.plan(action.name, action.examples[0].input)
            api = book.spec.apis[request.api]
            scheme = next(reversed(book.schemes(api)), None)
            yield "The request of the example above, as a command for curl; ids and times are samples:"
            # Who sends it is the curl of the reader's, and pages do not change with the version of the package.
            headers = {name: value for name, value in request.headers.items() if name != "User-Agent"}
            yield md.unsearched(md.block(curl_command(book.spec, replace(request, headers=headers), scheme), "sh"))

    def _answer(self) -> Iterator[str]:
        yield "## Answer"
        if self.action.examples:
            response = self.action.examples[0].response
            body = "body" in response
            yield f"To the example the service answers with status {response['status']}{':' if body else '.'}"
            if body:
                yield md.unsearched(md.block(json_text(response["body"]), "json"))
        else:
            yield "What the called API answers."

    def _outputs(self) -> Iterator[str]:
        action = self.action
        yield "### Outputs"
        described = {
            name: {**one.schema, "type": one.type, "description": one.description}
            for name, one in action.outputs.items()
        }
        yield tables.outputs(self.book, self.page, described) or "None."
        if action.examples:
            yield "The outputs of the example:"
            yield md.unsearched(md.block(json_text(action.examples[0].output), "json"))

    def _errors(self) -> Iterator[str]:
        errors = md.link("error reference", self.to(ERRORS))
        if self.api is None:
            yield f"Those of the API that is chosen; see the {errors}."
            return
        named = in_order({**self.api.errors, **self.action.errors})
        head = ("Status", "Code", "Tried again", "Cure")
        yield md.table(head, (self._error(self.api, status, case) for status, case in named))
        yield f"Wrong inputs are refused before anything is sent, and the network can fail too: see the {errors}."

    def _error(self, api: Api, status: str, case: ErrorCase) -> tuple[str, str, str, str]:
        number = status if status.isdigit() else f"{status[8]}00"
        budget = RetryBudget(api.retry, {}, self.action.idempotent, lambda: 0.0)
        again = budget.after_status(int(number), None, _AN_INSTANT) is not None
        return shown(status), md.code(case.code), "yes" if again else "no", self.prose(case.hint)

    def _limits(self) -> Iterator[str]:
        for limit in words.limits(self.action):
            yield md.sentence(self.prose(limit))
        if self.api is None:
            return
        if rate := self.api.rate_limit:
            yield f"{rate['requests']:,} requests in {rate['seconds']:,} s for the whole {md.text(self.api.title)}."
        timeout = self.api.timeout
        yield (
            f"Each try may take {timeout.total:g} s, with at most {timeout.read:g} s of silence. See also "
            f"{md.link('limits and retries', self.to(LIMITS))}."
        )

    def _paging(self) -> Iterator[str]:
        for paging in self.action.paging:
            size = f" {md.code(paging.size)} says how many entries a page has" if paging.size else ""
            usual = f", {paging.default_size:,} if it is left out" if paging.default_size else ""
            where = {
                "page": "takes the number of a page",
                "offset": "takes the number of entries to pass over",
                "link": f"takes what the address in {md.code(paging.next or '')} has under this name",
            }.get(paging.kind, f"takes the cursor that {md.code(paging.next or '')} gave")
            yield (
                f"{md.code(paging.items)} comes page by page: {md.code(paging.position)} {where}."
                f"{f'{size}{usual}.' if size else ''}"
            )
        if len(self.action.paging) > 1:
            return
        name = self.action.name
        inputs = self.action.examples[0].input if self.action.examples else {}
        needed = {key: value for key, value in inputs.items() if key in self.action.required}
        yield "To follow the list to its end:"
        to_its_end = (
            ("Shell", md.block(f"{command_text(self.book.spec.command, name, needed)} --all", "sh")),
            ("Python", md.block(python_loop(self.book.spec, name, needed), "python")),
        )
        yield md.tabs(to_its_end)

    def _confirmation(self) -> Iterator[str]:
        yield (
            "The command line asks, and continues when the answer is yes; `--yes` confirms in advance. A host "
            "finds the question in the action's `confirm` and asks it in its own way: `Connector.run` does not ask."
        )
