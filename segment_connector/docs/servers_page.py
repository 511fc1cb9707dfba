"""The page of other services that take the same calls: what is said in ``servers/``, one heading a service."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.served_specs import read_server, server_paths
from ..language.server_records import ServerProfile
from ..markup import markdown as md
from .book import SERVERS, Book


def servers_text(book: Book) -> str | None:
    """What each service takes, where and how; ``None`` for a connector without any."""
    servers = [read_server(book.specs.root, name) for name in server_paths(book.specs.root)]
    return md.page("servers/", _parts(book, servers)) if servers else None


def _parts(book: Book, servers: list[ServerProfile]) -> Iterator[str]:
    title = book.spec.title
    yield "# Other services"
    yield (
        f"These services accept the calls that {md.text(title)} accepts. A connection chooses one by `server`; what it "
        "signs with is then that of the service. What a service does not accept is refused before anything is sent."
    )
    yield md.table(
        ("Service", "`server`", "Takes", "Says yes with"),
        (
            (md.link(md.text(one.title), f"#{md.slug(one.title)}"), md.code(one.name),
             ", ".join(book.mention(name, SERVERS) for name in one.path_of), _yes(one))
            for one in servers
        ),
    )  # fmt: skip
    for server in servers:
        yield from _server(book, server)


def _server(book: Book, server: ServerProfile) -> Iterator[str]:
    yield f"## {md.text(server.title)}"
    yield book.prose(server.summary, SERVERS)
    addresses = {"": server.servers} if isinstance(server.servers, str) else server.servers
    where = [f"{md.code(address)}{f' in region {md.code(region)}' if region else ''}"
             for region, address in addresses.items()]  # fmt: skip
    schemes = [book.rehearsal.caller.schemes[name] for name in server.auth]
    ways = " or ".join(" and ".join(title for _, title in book.credentials(scheme)) for scheme in schemes)
    headers = [name for scheme in schemes for name in scheme.shown().headers]
    rows = [
        ("API", md.link(md.text(server.api_title), f"<{server.docs}>") if server.docs else md.text(server.api_title)),
        ("Address", ", ".join(where) or f"your own, by `servers.{server.api}`"),
        ("Signs in with", f"{ways}, in the header {' or '.join(map(md.code, headers))}" if headers else ways),
    ]
    rows += [(f"Below {md.code(path)}", ", ".join(map(md.code, actions))) for path, actions in server.paths.items()]
    yield md.facts(rows)
    if server.address:
        yield f"**Where to find the address:** {book.prose(server.address, SERVERS)}"
    if server.unverified:
        yield "Not verified:"
        yield "\n".join(f"- {book.prose(one.says, SERVERS)}" for one in server.unverified)


def _yes(server: ServerProfile) -> str:
    return " or ".join(["JSON", *(f"the text {md.code(text)}" for text in server.answer.accepted_texts)])
