"""A proposal for a source: for each column where it goes, in what form, why, and for how many rows that holds.

::

    rows of a sample --profile.profiles--> what each column holds
        |  column_forms                   how it can be read, by trying it
        |  places.Places                   what its name means for the action
    propose                                one guess a column, each with its reason
        |  Proposal.tree                   the mapping
        |  proposal_text.text_of           the mapping with the reasons as remarks

Nothing is guessed in silence: what cannot be told from the values is in ``warnings`` too, and a number that can be two
numbers is left out until somebody says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ...language.action_records import Action
from ...language.column_records import ColumnSpec, Meaning
from ...templates.brackets import texts
from .column_forms import Filter, Form, Habits, decimal_of, forms_of
from .date_forms import Order, day_order
from .places import Place, Places, Target, fold, kinds, missing, schema_at
from .profile import ColumnProfile
from .proposal import Constant, Guess, Proposal, template_of, tree_of

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOSTLY = 0.8
_VALUE = re.compile(r"\{\{ *value *\}\}")
_TEXT = Filter("text")


def propose(
    columns: Sequence[ColumnProfile],
    action: Action,
    spec: ColumnSpec,
    *,
    texts: bool = False,
    source: str = "",
    zone: str | None = None,
) -> Proposal:
    """A mapping for columns.

    :param columns: their profiles; without values their names alone decide.
    :param action: what a row shall become.
    :param spec: what the spec root knows of columns.
    :param texts: cells are text because the format knows nothing else, so that numbers among them are read.
    :param source: the name of the file, which may tell what it holds.
    :param zone: of times that name none.
    """
    return propose_each(columns, [action], spec, texts=texts, source=source, zone=zone)[0]


def propose_each(
    columns: Sequence[ColumnProfile], actions: Sequence[Action], spec: ColumnSpec, *, texts: bool = False,
    source: str = "", zone: str | None = None,
) -> list[Proposal]:  # fmt: skip
    """A mapping for columns by each of some actions, in their order; values are looked at once. See ``propose``."""
    made: list[_Proposing] = []
    for action in actions:
        like = made[0] if made else None
        made.append(_Proposing(columns, action, spec, texts=texts, source=source, zone=zone, like=like))
    return [one.proposal() for one in made]


def own_forms(
    columns: Sequence[ColumnProfile], action: Action, spec: ColumnSpec, *, texts: bool
) -> list[tuple[ColumnProfile, Form]]:
    """The form of each column as a property of its own name, whatever its name means; the rest as for ``propose``."""
    proposing = _Proposing(columns, action, spec, texts=texts, source="", zone=None)
    return [(column, proposing.free_form(column)) for column in columns]


def form_at(
    column: ColumnProfile, place: Place, action: Action, spec: ColumnSpec, *, texts: bool, zone: str | None = None
) -> Form:
    """The form of a column at a place that somebody chose for it; the rest as for ``propose``."""
    proposing = _Proposing([column], action, spec, texts=texts, source="", zone=zone)
    schema = schema_at(action, place) or {}
    return proposing.form_for(column, schema, None)[0] if kinds(schema) else proposing.free_form(column)


@dataclass
class _Proposing:
    columns: Sequence[ColumnProfile]
    action: Action
    spec: ColumnSpec
    texts: bool
    source: str
    zone: str | None
    like: _Proposing | None = None  # the same for another action, whose values were looked at
    warnings: list[str] = field(default_factory=list)
    timely: set[str] = field(init=False)
    habits: Habits = field(init=False)
    forms: dict[Place, list[Form]] = field(init=False)

    def __post_init__(self) -> None:
        self.places = Places(self.action, self.spec.meanings)
        if self.like is not None:
            self.timely, self.habits, self.forms = self.like.timely, self.like.habits, self.like.forms
            return
        self.timely = {fold(name) for one in self.spec.meanings if one.kind == "instant" for name in one.names}
        self.habits = Habits(self._decimal(), self._order(), self.zone)
        self.forms = {
            one.path: forms_of(one, self.spec, self.habits, timely=self._is_timely(one)) for one in self.columns
        }

    def proposal(self) -> Proposal:
        top = [one for one in self.columns if len(one.path) == 1]
        taken = self._taken()
        ours = self._written_by_the_service(top)
        guesses: list[Guess] = []
        for column in self.columns:
            found = taken.get(column.path, [])
            guesses += [self._placed(column, target) for target in found]
            if len(column.path) > 1 or (found and not all(one.meaning and one.meaning.also for one in found)):
                continue
            is_id = any(one.meaning and one.meaning.kind == "id" for one in found)
            if column.path in ours:
                guesses.append(Guess(column, None, self.forms[column.path][-1], "the service sets them itself"))
            else:
                guesses.append(self._own(column, [guess.place for guess in guesses if guess.place], is_id=is_id))
        guesses += self._stand_in(guesses)
        constants = self._known_constants(guesses)
        self._look_at_times(guesses)
        used = [one.place for one in guesses if one.place] + [one.place for one in constants]
        self._look_at_rules({place[0] for place in used})
        tree = tree_of([(place, 0) for place in used], self.action)
        self.warnings += [f"{one.profile.name}: {one.doubt or one.form.doubt}" for one in guesses if _worth_a_word(one)]
        return Proposal(
            self.action, tuple(guesses), tuple(constants), tuple(missing(tree, self.action)),
            tuple(dict.fromkeys(self.warnings)),
        )  # fmt: skip

    # What the columns say together

    def _decimal(self) -> str | None:
        marks = {mark for one in self.columns if (mark := decimal_of(one, self.spec)) is not None}
        return marks.pop() if len(marks) == 1 else None

    def _order(self) -> Order | None:
        orders = {order for one in self.columns if (order := day_order(one.counts)) is not None}
        return orders.pop() if len(orders) == 1 else None

    def _is_timely(self, column: ColumnProfile) -> bool:
        return fold(column.path[-1]) in self.timely

    def _written_by_the_service(self, top: Sequence[ColumnProfile]) -> set[Place]:
        names = {fold(name) for name in self.spec.left_out.names}
        sure = {fold(name) for name in self.spec.left_out.when}
        if not any(fold(one.name) in sure for one in top):
            return set()
        return {one.path for one in top if fold(one.name) in names}

    # Which column takes which place

    def _taken(self) -> dict[Place, list[Target]]:
        """The places of each column: the nearest name takes a place, and a column has one, and those besides."""
        offers = [
            (target.rank, len(column.path), index, column, target)
            for index, column in enumerate(self.columns)
            for target in self.places.of("".join(column.path))
            if (len(column.path) == 1 or len(target.place) == 1) and self._fits(column, target)
        ]
        offers.sort(key=lambda offer: offer[:3])
        taken: dict[Place, list[Target]] = {}
        used: list[Place] = []
        for _, _, _, column, target in offers:
            also = target.meaning is not None and target.meaning.also
            before = taken.get(column.path, [])
            if any(_overlap(target.place, place) for place in used):
                continue
            if before and not also and not all(one.meaning and one.meaning.also for one in before):
                continue
            taken.setdefault(column.path, []).append(target)
            used.append(target.place)
        return taken

    def _fits(self, column: ColumnProfile, target: Target) -> bool:
        """Whether what a column holds can stand at a place."""
        form = self.forms[column.path][0]
        meaning = target.meaning
        wanted = kinds(target.schema)
        is_object = column.kinds == {dict} or form.kind == "object"
        if not column.values:
            return True
        if is_object or column.kinds & {dict, list}:
            return bool(wanted & {"object", "array"}) and meaning is None
        if wanted and not wanted & {"string", "number", "integer", "boolean"}:
            return False
        if meaning is None and target.schema.get("format") == "date-time":
            return self._of_kind(column, ("instant", "day")) is not None
        if meaning is None:
            return True
        if meaning.kind in ("instant", "day"):
            return self._of_kind(column, ("instant", "day")) is not None
        if meaning.kind == "number":
            return self._of_kind(column, ("number",)) is not None
        if meaning.kind == "email":
            return _is_email(column)
        if meaning.kind == "id":
            is_id = form.kind not in ("instant", "day", "flag") and not form.asked and not _has_blanks(column)
            return is_id and (not meaning.unique or column.is_unique)
        return True

    def _of_kind(self, column: ColumnProfile, wanted: Sequence[str]) -> Form | None:
        return next((form for form in self.forms[column.path] if form.kind in wanted), None)

    # What a column becomes

    def _placed(self, column: ColumnProfile, target: Target) -> Guess:
        """The guess for a column that has a place by its name."""
        forms = tuple(self.forms[column.path])
        form, wanted = self.form_for(column, target.schema, target.meaning)
        template = template_of(column.path, form.text)
        if target.meaning is not None and target.meaning.template is not None:
            template = _VALUE.sub(lambda _: template, target.meaning.template)
        reason = "its name says so"
        if target.meaning is not None and target.meaning.unique:
            reason = "each row has its own" if column.values else reason
        if form.filters:
            reason = f"{reason}, {form.title}"
        doubt = form.doubt or wanted
        if target.meaning is not None and target.meaning.kind == "id" and _are_words(column):
            doubt = "; ".join(filter(None, (doubt, "its values hold no digit, and may be names rather than ids")))
        return Guess(column, target.place, form, reason, doubt, forms, template, by_name=True)

    def form_for(
        self, column: ColumnProfile, schema: Mapping[str, Any], meaning: Meaning | None
    ) -> tuple[Form, str | None]:
        """The form that a place needs, and a doubt about it."""
        forms = self.forms[column.path]
        plain, wanted = forms[-1], kinds(schema)
        if schema.get("format") == "date-time" or (meaning is not None and meaning.kind == "instant"):
            found = self._of_kind(column, ("instant", "day"))
            if found is None or found.kind == "day":  # a day is its first moment
                first = found.filters[:-1] if found and found.filters else (Filter("date_time"),)
                found = replace(found or plain, filters=first)
            return (found if found.filters else replace(found, filters=(Filter("date_time"),))), None
        if meaning is not None and meaning.kind == "day":
            return self._of_kind(column, ("day", "instant")) or plain, None
        if "string" in wanted and not ("number" in wanted and meaning is not None and meaning.kind == "number"):
            if column.kinds & {int, float}:
                return _with(plain, _TEXT), _floats(column)
            return plain, None
        for name, kind in (("number", "number"), ("integer", "number"), ("boolean", "flag")):
            if name in wanted:
                found = self._of_kind(column, (kind,))
                if found is not None and (found.filters or not self.texts):
                    return found, None
                return _with(plain, Filter(name)), None
        if wanted & {"object", "array"} and not column.kinds & {dict, list}:
            return _with(plain, Filter("json")), None
        if not wanted and meaning is not None and meaning.kind == "number":
            return self._of_kind(column, ("number",)) or plain, None
        return plain, None

    def _own(self, column: ColumnProfile, used: Sequence[Place], *, is_id: bool = False) -> Guess:
        """The guess for a column that means nothing known: a property of its own name.

        :param is_id: its values are names for something, digits or not.
        """
        forms = tuple(self.forms[column.path])
        place = self.places.own(_nested(column.name)) if not column.path[0].startswith("<<") else None
        if place is None or any(_overlap(place, other) for other in used):
            place = self.places.own(column.path)
        if place is None or place[-1] == "<<" or any(_overlap(place, other) for other in used):
            return Guess(column, None, forms[-1], "there is no room for them", forms=forms)
        schema = schema_at(self.action, place) or {}
        if is_id:
            form, doubt = self.form_for(column, {"type": "string"}, None)
        elif kinds(schema):
            form, doubt = self.form_for(column, schema, None)
        else:
            form, doubt = self.free_form(column), None
        reason = "a property of its own name"
        if form.filters:
            reason = f"{reason}, {form.title}"
        return Guess(column, place, form, reason, form.doubt or doubt, forms, template_of(column.path, form.text))

    def free_form(self, column: ColumnProfile) -> Form:
        """The form of a column that may be anything."""
        forms = self.forms[column.path]
        best, plain = forms[0], forms[-1]
        if not self.texts:
            return plain if best.kind != "object" else best
        if best.kind == "number":
            words = re.findall(r"[^\W_]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", column.name))
            if words and fold(words[-1]) in self._by_digits:
                return plain
            if words and fold(words[0]) in self._flags and set(column.counts) <= {"0", "1"}:
                return replace(plain, filters=(Filter("boolean"),), kind="flag", title="1 and 0 for yes and no")
        if best.kind == "instant" and not best.filters[-1].arguments and not best.filters[-1].named:
            return plain  # it is written as it should be
        return best

    @cached_property
    def _by_digits(self) -> set[str]:
        return set(map(fold, self.spec.named_by_digits))

    @cached_property
    def _flags(self) -> set[str]:
        return set(map(fold, self.spec.flags))

    # What no column gives

    def _stand_in(self, guesses: Sequence[Guess]) -> list[Guess]:
        """An e-mail address in place of the id that no column has."""
        used = [one.place for one in guesses if one.place]
        found: list[Guess] = []
        for meaning in self.spec.meanings:
            place = tuple(meaning.place.split("."))
            if meaning.or_kind is None or place[0] not in self.action.parameters or place in used:
                continue
            others = [tuple(one.place.split(".")) for one in self.spec.meanings if one.kind == "id" and not one.unique]
            if any(other in used for other in others):
                continue
            column = next((one for one in self.columns if len(one.path) == 1 and _is_email(one)), None)
            if column is None:
                continue
            form = _with(self.forms[column.path][-1], Filter("trim"), Filter("lower"))
            said = "no column is an id, so the e-mail address serves as one; an id that never changes is better"
            template = template_of(column.path, form.text)
            found.append(Guess(column, place, form, "the only thing that tells people apart", said, (), template))
        return found

    def _known_constants(self, guesses: Sequence[Guess]) -> list[Constant]:
        """What the spec root can tell of parameters that the action needs and no column has."""
        used = {".".join(one.place) for one in guesses if one.place}
        needed = missing(dict.fromkeys(one.partition(".")[0] for one in used), self.action)
        words = set(re.findall(r"[^\W\d_]+", self.source.lower()))
        found: dict[str, Constant] = {}
        for known in self.spec.constants:
            by_name = bool(words & set(known.file))
            if (
                known.place in needed
                and known.place not in found
                and (by_name or (known.all and used >= set(known.all)))
            ):
                said = "the name of the file says so" if by_name else "the columns are those of one"
                found[known.place] = Constant((known.place,), known.value, f"no column has it, and {said}")
                self.warnings.append(f"{known.place}: '{known.value}' is a guess, since no column has it")
        money = self.spec.currencies
        shown = next(
            (one for one in guesses if one.place and ".".join(one.place) == money.of and not one.is_asked), None
        )
        if shown is not None and money.place not in used:
            stripped = dict(shown.form.filters[-1].named).get("strip") if shown.form.filters else None
            codes = {money.signs.get(word) for word in texts(stripped)} if stripped else set()
            if len(codes) == 1 and (code := codes.pop()) is not None:
                said = f"no column has it, and {stripped!r} stands in '{shown.profile.name}'"
                found[money.place] = Constant(tuple(money.place.split(".")), code, said)
        return list(found.values())

    def _look_at_rules(self, given: set[str]) -> None:
        """Tell of a rule that every row would break, as nothing gives one of the parameters that it wants."""
        for rule in self.action.rules:
            ways = [set(way["required"]) for way in rule.schema.get("anyOf", ()) if way.keys() == {"required"}]
            if ways and not any(way <= given for way in ways):
                self.warnings.append(
                    f"every row would be rejected, because no column gives what is needed: {rule.message}"
                )

    def _look_at_times(self, guesses: Sequence[Guess]) -> None:
        """Tell of a time that is lost, and of one that names no zone."""
        instants = [name for name, one in self.action.parameters.items() if one.get("format") == "date-time"]
        times = [one for one in guesses if self._of_kind(one.profile, ("instant", "day")) is not None]
        for name in instants:
            given = next((one for one in guesses if one.place == (name,)), None)
            if given is None and times:
                columns = ", ".join(dict.fromkeys(f"'{one.profile.name}'" for one in times))
                self.warnings.append(
                    f"{name}: no column gives it, so every event gets the time of the run; {columns} may hold it"
                )
            elif given is not None and _is_naive(given) and self.zone is None:
                said = (
                    "it has no time zone and is read as UTC; if that is wrong, write for example zone='Europe/Madrid'"
                )
                self.warnings.append(f"{given.profile.name}: {said}")


def _worth_a_word(guess: Guess) -> bool:
    return (guess.form.doubt or guess.doubt) is not None


def _is_naive(guess: Guess) -> bool:
    texts = [value for value in guess.profile.values if isinstance(value, str)]
    counted = any(argument in ("s", "ms", "us", "ns") for one in guess.form.filters for argument in one.arguments)
    return bool(texts) and not counted and any(
        not re.search(r"(?i)(?:[0-9] ?Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2}))$", text[8:]) for text in texts
    )  # fmt: skip


def _with(form: Form, *more: Filter) -> Form:
    return replace(form, filters=(*form.filters, *more))


def _floats(column: ColumnProfile) -> str | None:
    """What is to be said of ids that are kept as floats."""
    floats = [value for value in column.values if isinstance(value, float)]
    if not floats:
        return None
    if all(value.is_integer() for value in floats):
        return f"whole numbers are kept as floats: {floats[0]} becomes {int(floats[0])}"
    return "not all are whole numbers, so they may not be ids"


def _is_email(column: ColumnProfile) -> bool:
    texts = [value for value in column.values if isinstance(value, str)]
    return bool(texts) and sum(bool(_EMAIL.fullmatch(text.strip())) for text in texts) >= _MOSTLY * len(column.values)


def _has_blanks(column: ColumnProfile) -> bool:
    """Whether values are words rather than ids."""
    texts = [value.strip() for value in column.values if isinstance(value, str)]
    return bool(texts) and sum(" " in text for text in texts) > len(texts) / 2


def _are_words(column: ColumnProfile) -> bool:
    """Whether values look like the names of people and things."""
    texts = [value for value in column.values if isinstance(value, str)]
    return bool(texts) and sum(any(map(str.isdigit, text)) for text in texts) < len(texts) / 5


def _nested(name: str) -> Place:
    """The parts of a name with dots: ``address.city``."""
    parts = tuple(name.split("."))
    return parts if all(re.fullmatch(r"\w+", part) for part in parts) else (name,)


def _overlap(one: Place, other: Place) -> bool:
    """Whether one place is the other, or inside it."""
    return one[: len(other)] == other[: len(one)]
