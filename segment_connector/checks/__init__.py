"""What ``segment-connector check`` enforces: one rule a file, all problems at once.

A rule is a module with ``NAME`` and ``check(project)``, which gives a ``Problem`` for each thing that is wrong. A new
rule is a new module, its place in ``STAGES``, and a folder or two in ``tests/checks/invalid``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import Problem
from . import (
    agent_tools as agents,
)
from . import (
    descriptions,
    effects,
    examples,
    lists,
    load,
    modeline,
    names,
    references,
    schema,
    secrets,
    trigger_examples,
)
from . import plan_facts as plans
from . import platform_profiles as catalogs
from . import preset_use as presets
from . import (
    schema_formats as formats,
)
from . import server_profiles as servers
from . import (
    template_use as templates,
)
from . import translations as locales
from . import (
    trigger_use as triggers,
)
from .project import ALONE, Project

# A file that one of these refuses is not shown to the rules of later stages that need it loaded.
STAGES = (
    (schema, load),
    (names, references, lists, templates, formats, effects, secrets, descriptions, modeline),
    (catalogs, servers, agents, triggers, plans),
    (examples, presets),
    (trigger_examples,),
    (locales,),
)
RULES = tuple(rule for stage in STAGES for rule in stage)
_GATE = frozenset(rule.NAME for rule in STAGES[0])
_NEEDED_TO_RUN = _GATE | {references.NAME, templates.NAME, formats.NAME, triggers.NAME}


def run(specs_root: Path, paths: Iterable[Path] | None = None) -> list[Problem]:
    """Every problem of a spec root, by file and line.

    :param specs_root: folder with ``connector.yaml``, ``actions/`` and ``schemas/``.
    :param paths: files and folders to report on; all by default. The whole root is read in any case, since files
        refer to one another.
    :raises SpecError: when there is no ``connector.yaml`` in the root.
    """
    return judge(Project(specs_root), paths)


def judge(project: Project, paths: Iterable[Path] | None = None) -> list[Problem]:
    """Every problem of a project that was read already; as ``run``."""
    found: list[Problem] = []
    for stage in STAGES if not project.newer else ((load,),):
        for rule in stage:
            found.extend(rule.check(project))
        project.faulty = frozenset(problem.path for problem in found if problem.path is not None)
        project.set_aside({problem.path for problem in found if problem.path is not None and _stops(problem)})
    wanted = list(paths or [project.root])
    # Without these no file can be judged whole, so what is wrong with them is said whatever was asked for.
    needed = [*wanted, *(source.path for source in project.sources if source.kind not in ALONE)]
    return sorted(
        (one for one in _once(found) if _is_below(one, needed if _rule(one) in _GATE else wanted)),
        key=lambda problem: (problem.path or "", problem.line or 0),
    )


def _once(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Problems without those that an earlier rule tells of: the same words, or a place that is broken already."""
    broken: set[tuple[str | None, str | None]] = set()
    said: set[tuple[str | None, str | None, str]] = set()
    for problem in problems:
        place, rule = (problem.path, problem.field), _rule(problem)
        follows = place in broken and (rule == load.NAME or (rule != schema.NAME and problem.field is not None))
        if follows or (*place, problem.message) in said:
            continue
        said.add((*place, problem.message))
        if rule in _GATE:
            broken.add(place)
        yield problem


def _rule(problem: Problem) -> str:
    return problem.code.split("/")[0]


def _stops(problem: Problem) -> bool:
    return _rule(problem) in _NEEDED_TO_RUN and not problem.code.endswith("/unused")


def _is_below(problem: Problem, paths: Iterable[Path]) -> bool:
    return problem.path is not None and any(Path(problem.path).is_relative_to(path.absolute()) for path in paths)
