"""The sandbox's endpoints about what happens on demand."""

from __future__ import annotations

from urllib.parse import unquote

from ..errors import InputError
from .control import Endpoint, body_of
from .messages import Incoming, Reply, json_reply
from .scenes import Scenes


def scene_endpoints(scenes: Scenes) -> dict[tuple[str, str], Endpoint]:
    """The endpoints by method and path; ``*`` stands for a name."""

    def played(incoming: Incoming) -> Reply:
        name = unquote(incoming.path.rpartition("/")[2])
        given = body_of(incoming, '{"times": 2}') if incoming.content else {}
        if not isinstance(given, dict):
            raise InputError.of("json", "the body is not a JSON object", "send the scene's parameters by name")
        times = given.pop("times", 1)
        scenes.play(name, given, times)
        return json_reply(200, {"played": name, "times": times})

    return {
        ("GET", "/scenes"): lambda _: json_reply(200, {"scenes": scenes.listed()}),
        ("POST", "/scenes/*"): played,
    }
