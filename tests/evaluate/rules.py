"""Policies over the whole language: random ones, and ones written down in a test."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter
from tests.evaluate.timelines import NAMES, SHORT, Talk, talks

from amity.conversation import Role
from amity.policy.model import (
    Condition,
    Group,
    Match,
    Place,
    Policy,
    Quantifier,
    Rule,
    RuleKind,
    Scope,
    Step,
    Window,
    WindowKind,
    positive_matches,
)

HERE = Place("policy.yaml", 1, 1)
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
AGENTS = frozenset({Role.AGENT})


def match(
    name: str,
    *,
    by: Sequence[Role] = (),
    min_score: float = 0.5,
    where: Mapping[str, tuple[str, ...]] | None = None,
    count: int = 1,
    scored: frozenset[Role] = AGENTS,
) -> Match:
    """A signal by its short or full name, spoken by those whom its subject means."""
    name = SHORT.get(name, name)
    speakers = frozenset(by) or _speakers(name.partition(".")[0], scored)
    return Match(name=name, by=speakers, min_score=min_score, where=where or {}, count=count)


def _speakers(subject: str, scored: frozenset[Role]) -> frozenset[Role]:
    if subject == "customer":
        return frozenset({Role.CUSTOMER})
    if subject == "team":
        return frozenset({Role.COLLEAGUE})
    return _agents(scored)


def _agents(scored: frozenset[Role]) -> frozenset[Role]:
    return scored & {Role.AGENT, Role.BOT} or AGENTS


def condition(written: str | Condition) -> Condition:
    """A condition, or the signal of that short name."""
    return match(written) if isinstance(written, str) else written


def any_of(*members: str | Condition, at_least: int = 1, count: int = 1) -> Group:
    return Group(Quantifier.ANY, tuple(map(condition, members)), at_least=at_least, count=count)


def all_of(*members: str | Condition) -> Group:
    return Group(Quantifier.ALL, tuple(map(condition, members)))


def none_of(*members: str | Condition) -> Group:
    return Group(Quantifier.NONE, tuple(map(condition, members)))


@cache
def window(text: str, *, scored: frozenset[Role] = AGENTS) -> Window:
    """The window that an author writes as *text*."""
    if text.startswith("same turn or "):
        return replace(
            window(text.removeprefix("same turn or "), scored=scored),
            text=text,
            same_turn_too=True,
        )
    fixed = {
        "same turn": Window(WindowKind.SAME_TURN, text),
        "the rest of the conversation": Window(WindowKind.REST, text),
        "the conversation": Window(WindowKind.CONVERSATION, text),
        "the conversation before": Window(WindowKind.CONVERSATION, text, backward=True),
    }
    if text in fixed:
        return fixed[text]
    if found := re.fullmatch(r"before the (\w+)'s next turn", text):
        return Window(WindowKind.BEFORE_NEXT, text, roles=_whose(found[1], scored))
    found = re.fullmatch(r"(\d+) (?:(agent|customer|bot|colleague) )?([a-z]+?)s?( before)?", text)
    assert found, text
    amount, who, unit, before = int(found[1]), found[2], found[3], bool(found[4])
    if unit == "turn":
        roles = _whose(who, scored) if who else frozenset()
        return Window(WindowKind.TURNS, text, amount=amount, roles=roles, backward=before)
    return Window(WindowKind.TIME, text, amount=amount * SECONDS[unit], backward=before)


def _whose(role: str, scored: frozenset[Role]) -> frozenset[Role]:
    return _agents(scored) if role == "agent" else frozenset({Role(role)})


def rule(  # one keyword for each key of the language
    *,
    given: str | Condition | None = None,
    expect: str | Condition | None = None,
    forbid: str | Condition | None = None,
    recognise: str | Condition | None = None,
    within: str | None = None,
    unless: str | Condition | None = None,
    unless_within: str | None = None,
    then: Sequence[tuple[str | Condition, str]] = (),
    per_conversation: bool = False,
    name: str = "r",
    scored: frozenset[Role] = AGENTS,
) -> Rule:
    """A rule as its author would write it; conditions that are only a name mean agents' wording."""
    meant = partial(window, scored=scored)
    asked = {
        RuleKind.EXPECT: expect,
        RuleKind.FORBID: forbid,
        RuleKind.RECOGNISE: recognise,
    }
    ((kind, what),) = [(kind, what) for kind, what in asked.items() if what is not None]
    steps = [Step(condition(what), meant(within) if within else None)]
    steps += [Step(condition(wanted), meant(text)) for wanted, text in then]
    exception = None
    if unless is not None:
        exception = Step(condition(unless), meant(unless_within) if unless_within else None)
    return Rule(
        id=name,
        title="title",
        why="why",
        kind=kind,
        steps=tuple(steps),
        place=HERE,
        given=None if given is None else condition(given),
        unless=exception,
        per_conversation=per_conversation,
    )


def policy(*rules: Rule, name: str = "p", scored: frozenset[Role] = AGENTS) -> Policy:
    """A policy of *rules*, whose other fields do not matter here."""
    return Policy(
        name=name,
        title="title",
        version=1,
        owner="owner",
        intent="intent",
        scores="wording of " + " and ".join(sorted(scored)),
        scored_roles=scored,
        scope=Scope(),
        rules=rules,
        place=HERE,
    )


@dataclass(frozen=True)
class Case:
    """Policies and what they judge; printed as one would write them."""

    policies: tuple[Policy, ...]
    talk: Talk

    def __repr__(self) -> str:
        rules = [
            f"{policy.name}/{written(rule)}" for policy in self.policies for rule in policy.rules
        ]
        return "\n  ".join(["", *rules, repr(self.talk)])

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        # Hypothesis prints the fields of a dataclass unless told otherwise.
        printer.text(repr(self))


def written(rule: Rule) -> str:
    """A rule on one line, nearly as in a policy file."""
    kind, what = str(rule.kind), written_condition(rule.steps[0].condition)
    parts = [f"{rule.id}:"]
    if rule.per_conversation:
        parts.append("per conversation")
    if rule.given is not None:
        parts.append(f"given {written_condition(rule.given)}")
    parts.append(f"{kind} {what}{_written_window(rule.steps[0])}")
    parts += [
        f"then {written_condition(step.condition)}{_written_window(step)}"
        for step in rule.steps[1:]
    ]
    if rule.unless is not None:
        parts.append(
            f"unless {written_condition(rule.unless.condition)}{_written_window(rule.unless)}"
        )
    return " ".join(parts)


def _written_window(step: Step) -> str:
    return f" within [{step.window.text}]" if step.window else ""


def written_condition(condition: Condition) -> str:
    """A condition, nearly as in a policy file, with its options in braces."""
    if isinstance(condition, Group):
        options = {"at_least": condition.at_least, "count": condition.count}
        inside = ", ".join(map(written_condition, condition.members))
        return f"{condition.quantifier}[{inside}]" + _options(options)
    speakers = "/".join(sorted(condition.by))
    options = {"count": condition.count}
    if condition.min_score != 0.5:
        options["min_score"] = condition.min_score
    options |= condition.where
    return f"{condition.name} by {speakers}" + _options(options)


def _options(options: Mapping[str, object]) -> str:
    said = ", ".join(f"{key}: {value}" for key, value in options.items() if value != 1)
    return f"{{{said}}}" if said else ""


SCORED = (
    frozenset({Role.AGENT}),
    frozenset({Role.AGENT}),
    frozenset({Role.AGENT, Role.BOT}),
    frozenset({Role.AGENT, Role.BOT}),
    frozenset({Role.BOT}),
    frozenset({Role.COLLEAGUE}),
    frozenset({Role.AGENT, Role.BOT, Role.COLLEAGUE}),
)


ANYBODYS = tuple(match(name, by=tuple(Role)) for name in NAMES)


@cache
def matches(scored: frozenset[Role]) -> st.SearchStrategy[Match]:
    """Only a name; a name by anybody, which is met most often; or a name with any options."""
    plain = [match(name, scored=scored) for name in NAMES]
    options = itertools.product(
        NAMES,
        ((), (), (Role.CUSTOMER,), (Role.BOT,), (Role.COLLEAGUE, Role.AGENT), tuple(Role)),
        (0.5, 0.6, 0.8, 0.0),
        (
            {},
            {},
            {"target": ("customer",)},
            {"target": ("customer", "product")},
            {"target": ("product",), "kind": ("hot", "cold")},
        ),
        (1, 1, 2, 3),
    )
    fancy = [
        match(name, by=by, min_score=score, where=where, count=count, scored=scored)
        for name, by, score, where, count in options
    ]
    return st.one_of(st.sampled_from(plain), st.sampled_from(ANYBODYS), _choice(fancy))


def _choice(values: Sequence[Match]) -> st.SearchStrategy[Match]:
    # `sampled_from` would print all of them when it is asked for its name.
    return st.integers(0, len(values) - 1).map(lambda index: values[index])


@cache
def conditions(scored: frozenset[Role], depth: int = 2) -> st.SearchStrategy[Condition]:
    if depth == 0:
        return matches(scored)
    members = st.lists(conditions(scored, depth - 1), min_size=1, max_size=3).map(tuple)
    return st.one_of(
        matches(scored),
        matches(scored),
        st.builds(Group, st.just(Quantifier.ALL), members),
        st.builds(Group, st.just(Quantifier.NONE), members),
        st.builds(_any, members, st.sampled_from([1, 1, 2, 3])),
        st.builds(_counted, st.lists(matches(scored), min_size=1, max_size=3)),
    )


def _any(members: tuple[Condition, ...], at_least: int) -> Group:
    return Group(Quantifier.ANY, members, at_least=min(at_least, len(members)))


def _counted(members: list[Match]) -> Group:
    # The members of a counted `any` have no counts of their own, so that the largest does for all.
    count = max(2, *(member.count for member in members))
    singles = tuple(replace(member, count=1) for member in members)
    return Group(Quantifier.ANY, singles, count=count)


@cache
def occurring(scored: frozenset[Role]) -> st.SearchStrategy[Condition]:
    """Conditions that can occur: more than the page allows for `given`, `forbid`, `recognise`."""
    plain = st.sampled_from([match(name, scored=scored) for name in NAMES])
    anything = conditions(scored).filter(lambda found: any(positive_matches(found)))
    return st.one_of(plain, st.sampled_from(ANYBODYS), anything)


WHO = ("agent", "customer", "bot", "colleague")
FORWARD = (
    *(f"{n} {role} turns" for role in WHO for n in (1, 2, 3)),
    *(f"{n} turns" for n in (1, 2, 3)),
    *(f"before the {role}'s next turn" for role in WHO),
    *(f"{seconds} seconds" for seconds in (30, 60, 90, 120)),
    "1 hour",
)
BACKWARD = tuple(f"{text} before" for text in FORWARD if not text.startswith("before"))
WINDOWS = (
    "same turn",
    *FORWARD,
    "the rest of the conversation",
    "the conversation",
    "the conversation before",
    *BACKWARD,
)
WIDER_WINDOWS = tuple(f"same turn or {text}" for text in WINDOWS[1:])


@cache
def windows(scored: frozenset[Role]) -> st.SearchStrategy[Window]:
    return st.one_of(
        *(
            st.sampled_from(texts).map(partial(window, scored=scored))
            for texts in (WINDOWS, WINDOWS, WIDER_WINDOWS)
        )
    )


@cache
def _easy(scored: frozenset[Role]) -> st.SearchStrategy[Condition]:
    return st.one_of(
        st.sampled_from(ANYBODYS),
        st.sampled_from([any_of(*pair) for pair in itertools.combinations(ANYBODYS, 2)]),
        st.sampled_from([none_of(match(name, scored=scored)) for name in NAMES]),
        conditions(scored),
    )


@cache
def _exceptions(scored: frozenset[Role]) -> st.SearchStrategy[Step | None]:
    plain = st.builds(Step, conditions(scored), st.none())
    own_window = st.builds(Step, conditions(scored), windows(scored))
    return st.one_of(st.none(), st.none(), plain, own_window)


@st.composite
def rules(draw: st.DrawFn, name: str, scored: frozenset[Role]) -> Rule:
    """Rules over the whole language, but for `when` and the words that only people read."""
    kind, has_given, then = draw(SHAPES)
    given = draw(occurring(scored)) if has_given else None
    if kind is not RuleKind.EXPECT:
        wanted = occurring(scored)
    else:
        # A chain gets on only where its steps are met, which few conditions are.
        wanted = _easy(scored) if then else conditions(scored)
    steps = [
        Step(draw(wanted), draw(windows(scored)) if has_given else None) for _ in range(then + 1)
    ]
    return Rule(
        id=name,
        title="title",
        why="why",
        kind=kind,
        steps=tuple(steps),
        place=HERE,
        given=given,
        unless=draw(_exceptions(scored)),
        per_conversation=draw(RARELY),
    )


SHAPES = st.sampled_from(
    [
        (RuleKind.EXPECT, True, 0),
        (RuleKind.EXPECT, True, 1),
        (RuleKind.EXPECT, True, 2),
        (RuleKind.FORBID, True, 0),
        (RuleKind.FORBID, False, 0),
        (RuleKind.RECOGNISE, True, 0),
        (RuleKind.RECOGNISE, False, 0),
    ]
)
RARELY = st.sampled_from([False, False, False, True])


@st.composite
def policies(draw: st.DrawFn, name: str = "p") -> Policy:
    scored = draw(st.sampled_from(SCORED))
    size = draw(st.sampled_from([1, 3, 2]))
    return policy(
        *(draw(rules(f"r{index}", scored)) for index in range(size)), name=name, scored=scored
    )


@st.composite
def bundles(draw: st.DrawFn) -> tuple[Policy, ...]:
    """One policy, sometimes two."""
    size = draw(st.sampled_from([1, 1, 2]))
    return tuple(draw(policies(f"p{index}")) for index in range(size))


@st.composite
def cases(draw: st.DrawFn, *, is_open: bool | None = None) -> Case:
    # The talk first: what is drawn last is cut short most often, and nothing happens in no talk.
    talk = draw(talks(is_open=is_open))
    return Case(draw(bundles()), talk)
