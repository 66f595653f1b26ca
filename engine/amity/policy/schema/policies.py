"""The schema of policy files."""

from __future__ import annotations

from collections.abc import Sequence

from amity.conversation import Channel
from amity.policy.load import API_VERSION, SCORES
from amity.policy.model import RuleKind, Severity
from amity.policy.schema.words import (
    Schema,
    choice,
    described,
    list_or_one,
    mapping,
    number,
    reference,
    text,
)
from amity.policy.when import FACTS, MAX_LENGTH

__all__ = ["channels", "policy_schema", "when"]

_ID = r"^\s*(?=[a-z0-9-]{1,80}\s*$)[a-z0-9]+(?:-[a-z0-9]+)*\s*$"
_LANGUAGE = r"^[^\W\d_]+$"


def channels() -> list[str]:
    """The channels that files may name."""
    return [channel.value for channel in Channel if channel is not Channel.UNSPECIFIED]


def policy_schema(actions: Sequence[str]) -> Schema:
    """A file of kind Policy, whose rules may name *actions*."""
    return described(
        mapping(
            {
                "apiVersion": {"const": API_VERSION},
                "kind": {"const": "Policy"},
                "metadata": _metadata(),
                "scope": _scope(),
                "rules": described(
                    {"type": "array", "minItems": 1, "maxItems": 1000, "items": _rule(actions)},
                    "Rules",
                    "What is expected, forbidden or recognised; each is judged by itself.",
                ),
            },
            ("apiVersion", "kind", "metadata", "rules"),
        ),
        "Policy",
        "A module of rules over signals, with an owner who answers for them (docs/policies.md).",
    )


def _name(title: str, description: str) -> Schema:
    return described(
        {"type": ["string", "integer"], "minimum": 0, "pattern": _ID}, title, description
    )


def _weight(description: str) -> Schema:
    return number(0.01, 100, "weight", description, default=1)


def _metadata() -> Schema:
    return described(
        mapping(
            {
                "name": _name("name", "Lower-case words with hyphens; unique in the bundle."),
                "title": text("title", "What people read."),
                "version": described(
                    {"type": "integer", "minimum": 1, "maximum": 1_000_000},
                    "version",
                    "A whole number that grows with every change.",
                ),
                "owner": text("owner", "Who answers for the policy: a team or a person."),
                "intent": text("intent", "What is better for customers when the policy is kept."),
                "scores": choice(
                    SCORES, "scores", "Whose wording is judged. An emotion of an employee never is."
                ),
                "weight": _weight("How much the module counts in the overall score."),
            },
            ("name", "title", "version", "owner", "intent", "scores"),
        ),
        "Metadata",
        "What the policy is, and who answers for it.",
    )


def _scope() -> Schema:
    return described(
        mapping(
            {
                "channels": described(
                    list_or_one({"enum": channels()}), "channels", "Left out: all channels."
                ),
                "languages": described(
                    list_or_one({"type": "string", "pattern": _LANGUAGE}),
                    "languages",
                    "Subtags such as en, without a region. Left out: all languages.",
                ),
                "when": reference("when"),
            }
        ),
        "Scope",
        "To which conversations the policy applies.",
    )


def when() -> Schema:
    """A CEL condition."""
    facts = ", ".join(f"conversation.{name}" for name in FACTS)
    return described(
        {
            "type": "string",
            "pattern": r"\S",
            "maxLength": MAX_LENGTH,
            "examples": ["conversation.customer_turns > 1"],
        },
        "when",
        f"CEL over facts and attributes. Facts: {facts}, attributes[...].",
    )


def _rule(actions: Sequence[str]) -> Schema:
    properties = {
        "id": _name("id", "Lower-case words with hyphens; unique in the policy."),
        "title": text("title", "What is true when the rule is kept, in a few words."),
        "why": text("why", "What goes wrong for the customer otherwise."),
        "given": _condition("given", "The occasion: each time it occurs is an opportunity."),
        "expect": _condition("expect", "What must be there inside the window."),
        "forbid": _condition("forbid", "What must not be there."),
        "recognise": _condition("recognise", "What is noticed with pleasure; it is never missed."),
        "within": reference("window"),
        "unless": _unless(),
        "then": described(
            list_or_one(
                mapping(
                    {"expect": reference("condition"), "within": reference("window")},
                    ("expect", "within"),
                )
            ),
            "then",
            "What must follow the expectation: a step, or a list of steps.",
        ),
        "when": reference("when"),
        "per": choice(
            ("move", "conversation"),
            "per",
            "Whether each move, or the whole conversation, makes an opportunity.",
            default="move",
        ),
        "severity": choice(
            Severity,
            "severity",
            "How much a miss matters; critical fails the decision.",
            default="minor",
        ),
        "weight": _weight("How much it counts in the score."),
        "coach": text("coach", "What to do better, said to the agent."),
        "actions": described(
            list_or_one({"type": "string", "minLength": 1, "examples": list(actions)}),
            "actions",
            "What is proposed when it is missed; plugins offer them (`amity plugins list`).",
        ),
    }
    return described(
        mapping(
            properties,
            ("id", "title", "why"),
            oneOf=[{"required": [kind.value]} for kind in RuleKind],
            allOf=[
                {"if": {"required": ["expect"]}, "then": {"required": ["given"]}},
                {"if": {"required": ["then"]}, "then": {"required": ["expect"]}},
                {"if": {"not": {"required": ["recognise"]}}, "then": {"required": ["coach"]}},
                {
                    "if": {"required": ["given"]},
                    "then": {
                        "anyOf": [
                            {"required": ["within"]},
                            {"required": ["per"], "properties": {"per": {"const": "conversation"}}},
                        ]
                    },
                    "else": {"not": {"required": ["within"]}},
                },
            ],
        ),
        "Rule",
        "An obligation, a prohibition or a recognition.",
    )


def _condition(title: str, description: str) -> Schema:
    return described(reference("condition"), title, description)


def _unless() -> Schema:
    with_window = mapping(
        {"condition": reference("condition"), "within": reference("window")}, ("condition",)
    )
    return described(
        {
            "if": {"type": "object", "required": ["condition"]},
            "then": with_window,
            "else": reference("condition"),
        },
        "unless",
        "An exception that cancels the opportunity: a condition, or {condition: …, within: …}.",
    )
