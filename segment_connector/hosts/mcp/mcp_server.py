"""The MCP server of a connector: the official SDK's low-level server, and what it answers."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from mcp_types.version import LATEST_MODERN_VERSION
from pydantic import ValidationError

from ... import __version__
from ...connector import Connector
from ...errors import ConnectorError, UnknownActionError
from ..agent_tools.offer import Offer
from ..agent_tools.tool_calls import Report, Run
from ..agent_tools.toolbox import TIMEOUT, NoSuchTool, Resolve, Toolbox
from ..worker_threads import WorkerThreads
from .mcp_forms import result_told, tool_told
from .prompts import Prompts
from .resources import Resources

_log = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]

_STRUCTURED = "2025-06-18"  # the revision with which structured content came
_MOST_READERS = 4
# What is offered is settled when the server starts, and is the same for every client.
_LISTS: tuple[CacheableMethod, ...] = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")
_HOLDS = 3_600_000  # ms
_MOST_VALUES = 100  # of a completion, by the protocol
_GATE = "Invalid request parameters"  # the SDK's words for whatever comes before the handshake


class ToolServer:
    """What answers an agent.

    :param connector: whose actions.
    :param offer: what of it the agent gets.
    :param resolve: gives the connection that a client names (``?connection=`` in its URL), or the usual one for
        ``None``; raises a ``ConnectorError`` for a name that there is not.
    :param run: calls an action with a connection's name; by default ``Connector.run`` with what ``resolve`` gives.
    :param timeout: seconds that a call may take.
    :param limits: ``most_calls`` and ``max_result``, as ``Toolbox`` has them.
    """

    def __init__(
        self, connector: Connector, offer: Offer, resolve: Resolve, run: Run | None = None, *,
        timeout: float = TIMEOUT, **limits: int,
    ) -> None:  # fmt: skip
        spec = connector.spec
        self._offer = offer
        self._toolbox = Toolbox(connector, offer, resolve, run, timeout=timeout, **limits)
        self._readers = WorkerThreads(_MOST_READERS, timeout)
        self._prompts = Prompts(offer)
        self._resources = Resources(connector, resolve)
        self._tools = types.ListToolsResult(tools=[tool_told(one) for one in self._toolbox.tools.values()])
        self.server: Server[Any] = Server(
            spec.name,
            version=__version__,
            title=spec.title,
            description=spec.summary,
            instructions=self._toolbox.instructions,
            website_url=spec.website,
            cache_hints=dict.fromkeys(_LISTS, CacheHint(ttl_ms=_HOLDS, scope="public")),
            get_tool_input_schema=self._input_schema,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
            on_completion=self._complete,
        )
        self.server.middleware.append(_explained)

    def give_up(self) -> None:
        """Answer the calls that have not ended: the server stops."""
        self._toolbox.give_up()

    def _input_schema(self, name: str) -> Mapping[str, Any] | None:
        tool = self._toolbox.tools.get(name)
        return tool.input_schema if tool is not None else None

    async def _list_tools(self, _: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        _no_cursor(params)
        return self._tools

    async def _call_tool(self, ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            result = await self._toolbox.call(
                params.name, params.arguments or {}, connection=_connection_of(ctx), report=_report_of(ctx),
                structured=ctx.protocol_version >= _STRUCTURED,
            )  # fmt: skip
        except NoSuchTool as error:
            raise _invalid(f"{error.problems[0].message}; {error.hint}") from None
        return result_told(result)

    async def _list_resources(
        self, _: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        try:
            resources, following = self._resources.page(params.cursor if params else None)
        except ConnectorError as error:
            raise _invalid(str(error)) from None
        return types.ListResourcesResult(resources=resources, next_cursor=following)

    async def _list_templates(
        self, _: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        _no_cursor(params)
        return types.ListResourceTemplatesResult(resource_templates=self._resources.templates())

    async def _read_resource(self, ctx: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri, connection = str(params.uri), _connection_of(ctx)
        try:
            # Some pages plan the requests of their examples, and a connection may be read from a file.
            contents = await self._readers.run(lambda _: self._resources.read(uri, connection))
        except (UnknownActionError, ConnectorError) as error:
            raise _invalid(str(error), {"uri": uri}) from None
        return types.ReadResourceResult(contents=[contents])

    async def _list_prompts(self, _: Context, params: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
        _no_cursor(params)
        return types.ListPromptsResult(prompts=self._prompts.all())

    async def _get_prompt(self, _: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        try:
            return self._prompts.get(params.name, params.arguments or {})
        except ConnectorError as error:
            raise _invalid(str(error)) from None

    async def _complete(self, _: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        begun = params.argument.value
        try:
            if isinstance(params.ref, types.PromptReference):
                known: Any = self._prompts.values(params.ref.name, params.argument.name)
            elif self._resources.is_template(params.ref.uri) and params.argument.name == "action":
                known = self._offer.specs.paths
            else:
                known = ()
        except ConnectorError as error:
            raise _invalid(str(error)) from None
        found = [value for value in known if value.casefold().startswith(begun.casefold())]
        found += [value for value in known if begun and begun in value and value not in found]
        return types.CompleteResult(
            completion=types.Completion(
                values=found[:_MOST_VALUES], total=len(found), has_more=len(found) > _MOST_VALUES
            )
        )


async def _explained(ctx: Context, call_next: CallNext) -> HandlerResult:
    """Put a place, a rule and a cure into the SDK's refusals of parameters, which have none."""
    try:
        return await call_next(ctx)
    except ValidationError as error:
        said = (
            f"{'.'.join(map(str, one['loc'])) or 'params'}: {one['msg']}" for one in error.errors(include_url=False)
        )
        raise _invalid(f"'{ctx.method}' was refused: {'; '.join(said)}") from None
    except MCPError as error:
        if (
            error.code == types.INVALID_PARAMS
            and not error.data
            and error.message == _GATE
            and ctx.session.client_params is None
        ):
            raise _invalid(
                f"'{ctx.method}' came before the handshake: send 'initialize' first, or a request of revision "
                f"{LATEST_MODERN_VERSION}, which needs none"
            ) from None
        raise
    except Exception as error:  # noqa: BLE001 - a mistake of ours: the client gets an answer, and no more than it needs
        frame = traceback.extract_tb(error.__traceback__)[-1]
        _log.error("%s in %s:%s while answering %s", type(error).__name__, frame.filename, frame.lineno, ctx.method)
        message = "the server failed, and its log says why; report it to whoever maintains it"
        raise MCPError(types.INTERNAL_ERROR, message) from None


def _connection_of(ctx: Context) -> str | None:
    """The connection that the client's URL names."""
    if ctx.request is None:  # stdio
        return None
    named: str | None = ctx.request.query_params.get("connection")
    return named or None


def _report_of(ctx: Context) -> Report | None:
    """What tells progress, if the client asked for it."""
    if ctx.meta is None or "progress_token" not in ctx.meta:
        return None

    async def report(progress: float, message: str) -> None:
        await ctx.session.report_progress(progress, None, message)

    return report


def _no_cursor(params: types.PaginatedRequestParams | None) -> None:
    if params is not None and params.cursor is not None:
        raise _invalid("cursor: is not one that this list gave, which has one page only")


def _invalid(message: str, data: Any = None) -> MCPError:
    return MCPError(types.INVALID_PARAMS, message, data)
