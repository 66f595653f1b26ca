"""Cases: conversations with the outcome that each rule must have, kept beside a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from amity.conversation import Conversation
from amity.fields import Fields, nearest
from amity.policy.model import Place, Policy, Rule, RuleKind
from amity.policy.read_conversations import read_conversation
from amity.source import Node, Problems

__all__ = [
    "STATES",
    "Case",
    "CaseFile",
    "CaseResult",
    "Difference",
    "Expectation",
    "Gap",
    "check_cases",
    "gaps",
    "load_cases",
    "run_case",
]

STATES = ("shown", "missed", "no_opportunity", "abstained", "pending")
"""The states that a case may expect, as `amity.evaluate.outcome.State` spells them."""

Judge = Callable[[Conversation, bool], Mapping[str, Sequence[str]]]
"""Judges a conversation (open or not) by one policy: the states of each rule, in order."""

_API_VERSION = "amity/v1"
_MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Expectation:
    """*rule* must end in *states*: one for each outcome, in the order in which they arose."""

    rule: str
    states: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation and what must come of it; rules that ``expectations`` leave out may end as they like."""

    name: str
    conversation: Conversation
    is_open: bool
    expectations: tuple[Expectation, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one file, all for the policy named ``policy``."""

    policy: str
    cases: tuple[Case, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a case first went another way than it must.

    >>> print(Difference("no-dismissal", ("no_opportunity",), ("missed",), Place("a.yaml", 9, 7)))
    a.yaml:9:7: no-dismissal: expected no_opportunity, got missed
    """

    rule: str
    expected: tuple[str, ...]
    got: tuple[str, ...]
    place: Place

    def __str__(self) -> str:
        expected, got = (", ".join(states) or "nothing" for states in (self.expected, self.got))
        where = f"{self.place.file}:{self.place.line}:{self.place.column}"
        return f"{where}: {self.rule}: expected {expected}, got {got}"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How *case* went; ``difference`` is the first one in the order of the file, or None."""

    case: Case
    difference: Difference | None

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return self.difference is None


@dataclass(frozen=True, slots=True)
class Gap:
    """An outcome that *rule* can have and that no case expects of it."""

    policy: str
    rule: str
    state: str
    place: Place


def run_case(case: Case, judge: Judge) -> CaseResult:
    """Judge the conversation of *case* and compare, rule by rule."""
    outcomes = judge(case.conversation, case.is_open)
    for expectation in case.expectations:
        got = tuple(outcomes.get(expectation.rule, ()))
        if got != expectation.states:
            return CaseResult(
                case, Difference(expectation.rule, expectation.states, got, expectation.place)
            )
    return CaseResult(case, None)


def gaps(files: Iterable[CaseFile], policies: Iterable[Policy]) -> Iterator[Gap]:
    """Every state among shown, missed and no_opportunity that a rule can have and no case covers."""
    covered = {
        (file.policy, expectation.rule, state)
        for file in files
        for case in file.cases
        for expectation in case.expectations
        for state in expectation.states
    }
    for policy in policies:
        for rule in policy.rules:
            for state in _possible(rule):
                if (policy.name, rule.id, state) not in covered:
                    yield Gap(policy.name, rule.id, state, rule.place)


def _possible(rule: Rule) -> tuple[str, ...]:
    if rule.kind is RuleKind.RECOGNISE:
        return ("shown", "no_opportunity")
    if rule.kind is RuleKind.FORBID and rule.given is None:
        return ("missed", "no_opportunity")
    return ("shown", "missed", "no_opportunity")


def check_cases(files: Iterable[CaseFile], policies: Iterable[Policy], problems: Problems) -> None:
    """Record every case file whose policy, and every expectation whose rule, does not exist."""
    rules = {policy.name: [rule.id for rule in policy.rules] for policy in policies}
    first: dict[tuple[str, str], Place] = {}
    for file in files:
        known = rules.get(file.policy)
        if known is None:
            _add(
                problems,
                "K108",
                file.place,
                f'there is no policy "{file.policy}"',
                nearest(file.policy, list(rules)),
            )
            continue
        for case in file.cases:
            earlier = first.setdefault((file.policy, case.name), case.place)
            if earlier.file != case.place.file:
                message = f'the name "{case.name}" is already used at {earlier.file}:{earlier.line}:{earlier.column}'
                _add(problems, "K107", case.place, message, "give the case a name of its own")
            for expectation in case.expectations:
                if expectation.rule not in known:
                    message = f'the policy "{file.policy}" has no rule "{expectation.rule}"'
                    _add(
                        problems,
                        "K109",
                        expectation.place,
                        message,
                        nearest(expectation.rule, known),
                    )


def _add(problems: Problems, code: str, place: Place, message: str, fix: str) -> None:
    problems.add(code, Node(None, place.file, place.line, place.column), message, fix)


def load_cases(node: Node, problems: Problems) -> CaseFile | None:
    """The cases at *node*; None when they cannot be used, with every problem recorded."""
    before = len(problems)
    fields = Fields(
        node, problems, required=("apiVersion", "kind", "metadata", "cases"), what="a case file"
    )
    fields.choice("apiVersion", (_API_VERSION,), _API_VERSION)
    fields.choice("kind", ("Cases",), "Cases")
    metadata = fields.get("metadata")
    policy = (
        Fields(metadata, problems, required=("policy",), what="metadata").text("policy")
        if metadata
        else ""
    )
    cases = _cases(fields.get("cases"), problems)
    return CaseFile(policy, cases, _place(node)) if len(problems) == before else None


def _cases(node: Node | None, problems: Problems) -> tuple[Case, ...]:
    if node is None:
        return ()
    if not node.items:
        problems.add(
            "K100",
            node,
            f'"cases" must be a list of cases, not {node.kind}',
            "add a case that begins with `- name:`",
        )
    first: dict[str, Node] = {}
    cases = []
    for item in node.items:
        case = _case(item, problems)
        name = item.entries.get("name")
        if name and isinstance(name.value, str):
            earlier = first.setdefault(name.value, name)
            if earlier is not name:
                problems.add(
                    "K107",
                    name,
                    f'the name "{name.value}" is already used at {earlier.line}:{earlier.column}',
                    "give the case a name of its own",
                )
        if case:
            cases.append(case)
    return tuple(cases)


def _case(node: Node, problems: Problems) -> Case | None:
    before = len(problems)
    fields = Fields(node, problems, required=("name", "conversation", "expect"), what="a case")
    name = fields.text("name")
    if len(name) > _MOST_CHARACTERS:
        problems.add(
            "K110",
            node.entries["name"],
            f"the name has {len(name)} characters; at most {_MOST_CHARACTERS} are allowed",
            "say it shorter",
        )
        name = name[:_MOST_CHARACTERS]
    place, expected = fields.get("conversation"), fields.get("expect")
    conversation, is_open = read_conversation(place, name, problems) if place else (None, False)
    expectations = _expectations(expected, problems, is_open=is_open) if expected else ()
    if conversation is None or len(problems) > before:
        return None
    return Case(name, conversation, is_open, expectations, _place(node))


def _expectations(node: Node, problems: Problems, *, is_open: bool) -> tuple[Expectation, ...]:
    if not node.entries:
        problems.add(
            "K106",
            node,
            "the case expects nothing, so that it can never fail",
            "add a rule and its state, such as `no-dismissal: missed`",
        )
    return tuple(
        Expectation(rule, tuple(_states(value, problems, is_open=is_open)), _place(node.keys[rule]))
        for rule, value in node.entries.items()
    )


def _states(node: Node, problems: Problems, *, is_open: bool) -> Iterator[str]:
    members = node.items if isinstance(node.value, list) else [node]
    if not members:
        problems.add(
            "K106",
            node,
            "an empty list expects nothing",
            "write no_opportunity if the rule must have none",
        )
    for member in members:
        state = str(member.value)
        if state not in STATES:
            problems.add("K105", member, f'"{state}" is not a state', nearest(state, STATES))
        elif state == "pending" and not is_open:
            problems.add(
                "K114",
                member,
                "nothing is pending once a conversation is closed",
                "add `open: true` to the conversation, or expect another state",
            )
        elif state == "no_opportunity" and len(members) > 1:
            problems.add(
                "K115",
                member,
                "no_opportunity stands alone: it says that the rule had no other outcome",
                "remove it from the list",
            )
        yield state


def _place(node: Node) -> Place:
    return Place(node.file, node.line, node.column)
