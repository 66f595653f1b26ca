"""Rules as their author wrote them, read into the model."""

from __future__ import annotations

from collections.abc import Iterator

from amity.conversation import Role
from amity.fields import Fields
from amity.policy.model import (
    Condition,
    Match,
    Place,
    Rule,
    RuleKind,
    Severity,
    Step,
    Window,
    WindowKind,
    is_met_by_silence,
    positive_matches,
)
from amity.policy.read_conditions import ConditionReader
from amity.policy.read_windows import read_window
from amity.policy.when import check_when
from amity.signals import SPEAKERS, Catalogue
from amity.source import Node, Problems

__all__ = ["RuleReader", "is_identifier"]

_KINDS = tuple(RuleKind)
_KEYS = (
    "why", "given", "when", *_KINDS, "within", "unless", "then", "severity", "weight", "coach", "actions", "per",
)  # fmt: skip
_LONGEST_ID = 80
_WHOLE = Window(WindowKind.CONVERSATION, "the conversation")


class RuleReader:
    """Reads the rules of one policy, which scores the wording of *scored* roles."""

    def __init__(self, catalogue: Catalogue, scored: frozenset[Role], problems: Problems) -> None:
        self._conditions = ConditionReader(catalogue, scored, problems)
        self._scored = scored
        self._problems = problems

    def read(self, node: Node) -> Rule | None:
        """The rule at *node*, or None when it cannot be used."""
        before = len(self._problems)
        fields = Fields(
            node, self._problems, required=("id", "title", "why"), optional=_KEYS, what="a rule"
        )
        kind = self._kind(fields)
        if kind is None:
            return None
        given = self._occasion(fields, kind)
        steps = self._steps(fields, kind)
        self._check_form(fields, kind)
        rule_id = fields.text("id")
        if rule_id and not is_identifier(rule_id):
            self._problems.add(
                "V102",
                node.entries["id"],
                f'"{rule_id}" is not an id',
                "use lower-case words with hyphens",
            )
        unless, when = self._unless(fields), fields.get("when")
        condition_when = check_when(when, self._problems) if when else ""
        rule = Rule(
            id=rule_id,
            title=fields.text("title"),
            why=fields.text("why"),
            kind=kind,
            steps=tuple(steps),
            place=Place(node.file, node.line, node.column),
            given=given,
            unless=unless,
            when=condition_when,
            severity=Severity(fields.choice("severity", tuple(Severity), Severity.MINOR)),
            weight=float(fields.number("weight", 1, 0.01, 100, "V105")),
            coach=fields.text("coach"),
            actions=tuple(str(action.value) for action in fields.texts("actions")),
            per_conversation=fields.choice("per", ("move", "conversation"), "move")
            == "conversation",
        )
        return rule if len(self._problems) == before else None

    def _kind(self, fields: Fields) -> RuleKind | None:
        kinds = [kind for kind in _KINDS if kind in fields]
        if len(kinds) == 1:
            return kinds[0]
        if isinstance(fields.node.value, dict):
            self._problems.add(
                "V106",
                fields.node,
                f"a rule needs exactly one of expect, forbid, recognise; this has {len(kinds)}",
                "make it one rule for each",
            )
        return None

    def _occasion(self, fields: Fields, kind: RuleKind) -> Condition | None:
        node = fields.get("given")
        given = self._conditions.read(node) if node else None
        if node is None and kind is RuleKind.EXPECT:
            self._problems.add(
                "V107",
                fields.node,
                '"expect" needs "given": the occasion on which it is due',
                "add given: customer.problem, say",
            )
        if node and given and is_met_by_silence(given):
            self._problems.add(
                "V108",
                node,
                '"given" holds where nothing is said at all',
                "add a signal outside none",
            )
        return given

    def _steps(self, fields: Fields, kind: RuleKind) -> Iterator[Step]:
        node = fields.node.entries[kind]
        condition = self._scored_condition(node, kind, needs_signal="given" not in fields)
        window = self._window(fields)
        if condition:
            yield Step(condition, window)
        then = fields.get("then")
        if then is None:
            return
        for item in then.items or [then]:
            follow = Fields(item, self._problems, required=("expect", "within"), what='"then"')
            expected, within = follow.get("expect"), follow.get("within")
            if expected and within:
                next_condition = self._scored_condition(
                    expected, RuleKind.EXPECT, needs_signal=False
                )
                next_window = read_window(within, self._scored, self._problems)
                if next_condition and next_window:
                    yield Step(next_condition, next_window)

    def _scored_condition(
        self, node: Node, kind: RuleKind, *, needs_signal: bool
    ) -> Condition | None:
        condition = self._conditions.read(node)
        if condition is None:
            return None
        if needs_signal and is_met_by_silence(condition):
            self._problems.add(
                "V108",
                node,
                f'"{kind}" holds where nothing is said at all',
                "add a signal outside none",
            )
        for match in positive_matches(condition):
            self._check_scored(match, node, kind)
        return condition

    def _check_scored(self, match: Match, node: Node, kind: RuleKind) -> None:
        speakers = SPEAKERS.get(match.name.partition(".")[0], frozenset())
        if not speakers & match.by & self._scored:
            whom = " and ".join(f"{role}s" for role in sorted(self._scored))
            self._problems.add(
                "V109",
                node,
                f'"{kind}" speaks of "{match.name}", but this policy scores the wording of {whom}',
                "a rule may only score those: use it under given or unless, or move the rule",
            )

    def _window(self, fields: Fields) -> Window | None:
        node = fields.get("within")
        if node:
            return read_window(node, self._scored, self._problems)
        if "given" not in fields:
            return None
        if fields.get("per") and fields.node.entries["per"].value == "conversation":
            return _WHOLE
        self._problems.add(
            "V122",
            fields.node,
            '"within" is missing: until when is it due?',
            "add within: 1 agent turn, say",
        )
        return None

    def _unless(self, fields: Fields) -> Step | None:
        node = fields.get("unless")
        if node is None:
            return None
        if "condition" not in node.entries:
            condition = self._conditions.read(node)
            return Step(condition, None) if condition else None
        inner = Fields(
            node, self._problems, required=("condition",), optional=("within",), what='"unless"'
        )
        condition = self._conditions.read(node.entries["condition"])
        within = inner.get("within")
        window = read_window(within, self._scored, self._problems) if within else None
        return Step(condition, window) if condition else None

    def _check_form(self, fields: Fields, kind: RuleKind) -> None:
        for key, is_wrong, reason in (
            ("then", kind is not RuleKind.EXPECT, 'only "expect" can be followed by it'),
            ("within", "given" not in fields, 'it needs "given", from which it is counted'),
        ):
            node = fields.get(key)
            if node and is_wrong:
                self._problems.add(
                    "V123", node, f'"{key}" does not belong here: {reason}', f'remove "{key}"'
                )
        if kind is not RuleKind.RECOGNISE and "coach" not in fields:
            self._problems.add(
                "V124",
                fields.node,
                '"coach" is missing: what should the agent do instead?',
                "add a sentence of advice",
            )


def is_identifier(text: str) -> bool:
    """Whether *text* is lower-case words joined by hyphens."""
    return len(text) <= _LONGEST_ID and all(
        part.isalnum() and part == part.lower() and part.isascii() for part in text.split("-")
    )
