"""Policy files read into the model; every problem of every file is recorded."""

from __future__ import annotations

from amity.conversation import Channel, Role
from amity.fields import Fields, nearest
from amity.policy.model import Place, Policy, Rule, Scope
from amity.policy.read_rules import RuleReader, is_identifier
from amity.policy.when import check_all, check_when
from amity.signals import Catalogue
from amity.source import Node, Problems

__all__ = ["API_VERSION", "SCORES", "load_policy"]

API_VERSION = "amity/v1"

SCORES: dict[str, frozenset[Role]] = {
    "wording of agents": frozenset({Role.AGENT}),
    "wording of bots": frozenset({Role.BOT}),
    "wording of agents and bots": frozenset({Role.AGENT, Role.BOT}),
    "wording of colleagues": frozenset({Role.COLLEAGUE}),
    "wording of agents and colleagues": frozenset({Role.AGENT, Role.COLLEAGUE}),
    "wording of agents, bots and colleagues": frozenset({Role.AGENT, Role.BOT, Role.COLLEAGUE}),
}
_MOST_RULES = 1000


def load_policy(node: Node, catalogue: Catalogue, problems: Problems) -> Policy | None:
    """The policy at *node*; None when it cannot be used."""
    before = len(problems)
    fields = Fields(
        node,
        problems,
        required=("apiVersion", "kind", "metadata", "rules"),
        optional=("scope",),
        what="a policy",
    )
    metadata = Fields(
        node.entries.get("metadata", Node({}, node.file, node.line, node.column)),
        problems,
        required=("name", "title", "version", "owner", "intent", "scores"),
        optional=("weight",),
        what="metadata",
    )
    name = metadata.text("name")
    if name and not is_identifier(name):
        problems.add(
            "V102",
            metadata.node.entries["name"],
            f'"{name}" is not a name',
            "use lower-case words with hyphens",
        )
    scores = metadata.choice("scores", tuple(SCORES), "wording of agents")
    scope = _scope(fields.get("scope"), problems)
    rules = _rules(fields, RuleReader(catalogue, SCORES[scores], problems), problems)
    check_all([scope.when, *(rule.when for rule in rules)], node, problems)
    policy = Policy(
        name=name,
        title=metadata.text("title"),
        version=metadata.count("version", 1, high=1_000_000),
        owner=metadata.text("owner"),
        intent=metadata.text("intent"),
        scores=scores,
        scored_roles=SCORES[scores],
        scope=scope,
        rules=rules,
        place=Place(node.file, node.line, node.column),
        weight=float(metadata.number("weight", 1, 0.01, 100, "V105")),
    )
    return policy if len(problems) == before else None


def _scope(node: Node | None, problems: Problems) -> Scope:
    if node is None:
        return Scope()
    fields = Fields(node, problems, optional=("channels", "languages", "when"), what="scope")
    channels = [
        channel for item in fields.texts("channels") if (channel := _channel(item, problems))
    ]
    languages = frozenset(str(item.value).lower() for item in fields.texts("languages"))
    for item in fields.texts("languages"):
        if not str(item.value).isalpha():
            problems.add(
                "V126",
                item,
                f'"{item.value}" is not a language',
                'write a subtag such as "en", without a region',
            )
    when = fields.get("when")
    return Scope(frozenset(channels), languages, check_when(when, problems) if when else "")


def _channel(node: Node, problems: Problems) -> Channel | None:
    known = [channel for channel in Channel if channel is not Channel.UNSPECIFIED]
    if node.value in known:
        return Channel(str(node.value))
    problems.add("V125", node, f'"{node.value}" is not a channel', nearest(str(node.value), known))
    return None


def _rules(fields: Fields, reader: RuleReader, problems: Problems) -> tuple[Rule, ...]:
    node = fields.get("rules")
    if node is None:
        return ()
    if not node.items:
        problems.add("V101", node, "a policy needs at least one rule", "add a rule under rules:")
    if len(node.items) > _MOST_RULES:
        problems.add(
            "V101",
            node,
            f"a policy can have {_MOST_RULES} rules at most",
            "split it into several policies",
        )
    first: dict[str, Node] = {}
    rules = []
    for item in node.items[:_MOST_RULES]:
        rule = reader.read(item)
        id_node = item.entries.get("id")
        if id_node and isinstance(id_node.value, str):
            if earlier := first.get(id_node.value):
                problems.add(
                    "V103",
                    id_node,
                    f'rule id "{id_node.value}" is already used at {earlier.line}:{earlier.column}',
                    "give it another id",
                )
            first.setdefault(id_node.value, id_node)
        if rule:
            rules.append(rule)
    return tuple(rules)
