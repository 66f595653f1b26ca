"""Random edits of one construct of a rule, as an author makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from tests.evaluate import rules
from tests.evaluate.timelines import NAMES

from amity.conversation import Role
from amity.policy.model import Condition, Group, Match, Quantifier, Rule, Step, Window, WindowKind

# A place in a rule: the condition or window that stands there, and the rule with another in its place.
Put = Callable[[object], Rule]
CONSTRUCTS = (
    "min_score", "window", "count", "signal added", "signal removed", "by", "where", "per", "unless",
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """A rule before and after one construct of it was changed."""

    construct: str
    before: Rule
    after: Rule
    scored: frozenset[Role]

    def __repr__(self) -> str:
        return f"{self.construct}:\n  {rules.written(self.before)}\n  {rules.written(self.after)}"

    def _repr_pretty_(self, printer, cycle: bool) -> None:
        printer.text(repr(self))


@st.composite
def edits(draw: st.DrawFn, construct: str | None = None) -> Edit:
    """A random rule and one edit; the construct is drawn unless it is given."""
    scored = draw(st.sampled_from(rules.SCORED))
    before = draw(rules.rules("r", scored))
    kind = construct or draw(st.sampled_from(CONSTRUCTS))
    after = draw(EDITORS[kind](before, scored).filter(lambda rule: rule != before))
    return Edit(kind, before, after, scored)


def _conditions(rule: Rule) -> Iterator[tuple[Condition, Put]]:
    if rule.given is not None:
        yield from _within(rule.given, lambda new: replace(rule, given=new))
    for index, step in enumerate(rule.steps):

        def put(new: object, index: int = index, step: Step = step) -> Rule:
            steps = list(rule.steps)
            steps[index] = replace(step, condition=new)
            return replace(rule, steps=tuple(steps))

        yield from _within(step.condition, put)
    if rule.unless is not None:
        exception = rule.unless
        yield from _within(
            exception.condition,
            lambda new: replace(rule, unless=replace(exception, condition=new)),
        )


def _within(condition: Condition, put: Put) -> Iterator[tuple[Condition, Put]]:
    yield condition, put
    if isinstance(condition, Group):
        for index, member in enumerate(condition.members):

            def inner(new: object, index: int = index) -> Rule:
                members = list(condition.members)
                members[index] = new
                return put(replace(condition, members=tuple(members)))

            yield from _within(member, inner)


def _windows(rule: Rule) -> Iterator[tuple[Window, Put]]:
    for index, step in enumerate(rule.steps):
        if step.window:

            def put(new: object, index: int = index, step: Step = step) -> Rule:
                steps = list(rule.steps)
                steps[index] = replace(step, window=new)
                return replace(rule, steps=tuple(steps))

            yield step.window, put
    if rule.unless and rule.unless.window:
        exception = rule.unless
        yield exception.window, lambda new: replace(rule, unless=replace(exception, window=new))


def _nothing() -> st.SearchStrategy[Rule]:
    return st.nothing()


def _of_match(change: Callable[[Match], st.SearchStrategy[Match]]):
    def editor(rule: Rule, scored: frozenset[Role]) -> st.SearchStrategy[Rule]:
        places = [(c, put) for c, put in _conditions(rule) if isinstance(c, Match)]
        return st.sampled_from(places).flatmap(lambda place: change(place[0]).map(place[1]))

    return editor


def _score(match: Match) -> st.SearchStrategy[Match]:
    other = [score for score in (0.0, 0.5, 0.6, 0.8) if score != match.min_score]
    return st.sampled_from(other).map(lambda score: replace(match, min_score=score))


def _by(match: Match) -> st.SearchStrategy[Match]:
    roles = st.sets(st.sampled_from(list(Role)), min_size=1).map(frozenset)
    return roles.map(lambda by: replace(match, by=by))


def _where(match: Match) -> st.SearchStrategy[Match]:
    choices = [{}, {"target": ("customer",)}, {"target": ("customer", "product")}]
    return st.sampled_from(choices).map(lambda where: replace(match, where=where))


def _amount(rule: Rule, scored: frozenset[Role]) -> st.SearchStrategy[Rule]:
    places = [(w, put) for w, put in _windows(rule) if w.amount]
    if not places:
        return _nothing()

    def other(place: tuple[Window, Put]) -> st.SearchStrategy[Rule]:
        window, put = place
        amounts = [30, 60, 90, 120] if window.kind is WindowKind.TIME else [1, 2, 3, 4]
        # The text is what the tests print.
        return st.sampled_from(amounts).map(
            lambda amount: (
                put(replace(window, amount=amount, text=f"{window.text}→{amount}"))
                if amount != window.amount
                else rule
            )
        )

    return st.sampled_from(places).flatmap(other)


def _count(rule: Rule, scored: frozenset[Role]) -> st.SearchStrategy[Rule]:
    # The members of an `any` that counts have no counts of their own.
    counted = {id(m) for c, _ in _conditions(rule) if isinstance(c, Group) for m in c.members if c.count > 1}  # fmt: skip
    places = [
        (c, put)
        for c, put in _conditions(rule)
        if (isinstance(c, Match) and id(c) not in counted) or (isinstance(c, Group) and c.count > 1)
    ]
    if not places:
        return _nothing()
    return st.tuples(st.sampled_from(places), st.sampled_from([1, 2, 3])).map(
        lambda drawn: drawn[0][1](replace(drawn[0][0], count=drawn[1]))
    )


def _added(rule: Rule, scored: frozenset[Role]) -> st.SearchStrategy[Rule]:
    def add(drawn: tuple[tuple[Condition, Put], str]) -> Rule:
        (condition, put), name = drawn
        new = rules.match(name, scored=scored)
        if isinstance(condition, Group):
            return put(replace(condition, members=(*condition.members, new)))
        return put(Group(Quantifier.ANY, (condition, new))) if condition.count == 1 else rule

    # A group may not stand in an `any` that counts.
    tops = [(c, put) for c, put in _conditions(rule)]
    inner = {id(m) for c, _ in tops if isinstance(c, Group) and c.count > 1 for m in c.members}
    places = [(c, put) for c, put in tops if id(c) not in inner]
    return st.tuples(st.sampled_from(places), st.sampled_from(NAMES)).map(add)


def _removed(rule: Rule, scored: frozenset[Role]) -> st.SearchStrategy[Rule]:
    places = [
        (c, put)
        for c, put in _conditions(rule)
        if isinstance(c, Group) and len(c.members) > max(1, c.at_least)
    ]
    if not places:
        return _nothing()

    def remove(drawn: tuple[tuple[Group, Put], int]) -> Rule:
        (group, put), index = drawn
        at = index % len(group.members)
        return put(replace(group, members=(*group.members[:at], *group.members[at + 1 :])))

    return st.tuples(st.sampled_from(places), st.integers(0, 2)).map(remove)


def _per(rule: Rule, scored: frozenset[Role]) -> st.SearchStrategy[Rule]:
    return st.just(replace(rule, per_conversation=not rule.per_conversation))


def _unless(rule: Rule, scored: frozenset[Role]) -> st.SearchStrategy[Rule]:
    exceptions = st.builds(Step, rules.conditions(scored), st.none())
    return exceptions.map(lambda step: replace(rule, unless=step))


EDITORS = {
    "min_score": _of_match(_score),
    "window": _amount,
    "count": _count,
    "signal added": _added,
    "signal removed": _removed,
    "by": _of_match(_by),
    "where": _of_match(_where),
    "per": _per,
    "unless": _unless,
}
