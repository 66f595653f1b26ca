"""The schema of conditions and windows."""

from __future__ import annotations

import re

from amity.conversation import Role
from amity.policy.model import DEFAULT_MIN_SCORE
from amity.policy.schema.words import Schema, described, list_or_one, mapping, number, reference
from amity.signals import Catalogue

__all__ = ["WINDOW", "condition_definitions"]

_COUNT = r"(?=[0-9]{1,6}\s)0*(?:[1-9][0-9]{0,2}|1000)"
_ROLES = f"(?:{'|'.join(Role)})"
_TURNS = rf"{_COUNT}\s+(?:{_ROLES}\s+)?turns?"
_FEW = r"(?=[0-9]{1,6}\s)0*[1-9][0-9]{0,5}"
_TIME = (
    rf"(?:{_FEW}\s+(?:seconds?|minutes?)"
    r"|(?=[0-9]{1,6}\s)0*(?:[1-9][0-9]{0,3}|1[0-9]{4}|2[0-3][0-9]{3}|24000)\s+hours?"
    rf"|{_COUNT}\s+days?)"
)
_OTHER = (
    r"the\s+conversation(?:\s+before)?"
    r"|the\s+rest\s+of\s+the\s+conversation"
    rf"|before\s+the\s+{_ROLES}['\u2019]s\s+next\s+turn"
    rf"|(?:{_TURNS}|{_TIME})(?:\s+before)?"
)


def _any_case(pattern: str) -> str:
    """*pattern* for capitals as well; JSON Schema knows no flag for it."""
    # Letters after a backslash are classes such as \s, and those after (? are part of the syntax.
    return re.sub(
        r"\\[a-z0-9]{1,5}|[a-z]",
        lambda m: m[0] if m[0].startswith("\\") else f"[{m[0].upper()}{m[0]}]",
        pattern,
    )


WINDOW = _any_case(rf"^\s*(?:same\s+turn|(?:same\s+turn\s+or\s+)?(?:{_OTHER}))\s*$")


def condition_definitions(catalogue: Catalogue) -> dict[str, Schema]:
    """The definitions ``signal``, ``condition`` and ``window``."""
    return {
        "signal": _signal(catalogue),
        "condition": described(
            {"anyOf": [reference("signal"), reference("conditionMapping")]},
            "Condition",
            "The name of a signal, or a mapping with exactly one of signal, any, all, none, and options.",
        ),
        "conditionMapping": _mapping(),
        "window": described(
            {
                "type": "string",
                "pattern": WINDOW,
                "examples": [
                    "same turn",
                    "1 agent turn",
                    "3 turns",
                    "10 minutes",
                    "before the customer's next turn",
                    "the rest of the conversation",
                    "the conversation",
                    "2 agent turns before",
                    "same turn or 1 agent turn",
                ],
            },
            "Window",
            "Until when it counts, seen from the occasion; `before` at the end looks back.",
        ),
    }


def _signal(catalogue: Catalogue) -> Schema:
    return described(
        {
            "enum": catalogue.names(),
            "enumDescriptions": [definition.meaning for definition in catalogue],
        },
        "Signal",
        "What a detector finds in a turn; `amity signals` says what each means. Plugins may add others.",
    )


def _mapping() -> Schema:
    members = {"type": "array", "minItems": 1, "items": reference("condition")}
    scalar = {"type": ["string", "number", "boolean"]}
    properties = {
        "signal": reference("signal"),
        "any": described(members, "any", "At least one of these, or `at_least` so many."),
        "all": described(members, "all", "Every one of these."),
        "none": described(members, "none", "Not one of these."),
        "min_score": number(
            0, 1, "min_score", "Only signals scored so or higher.", default=DEFAULT_MIN_SCORE
        ),
        "where": described(
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "anyOf": [scalar, {"type": "array", "items": scalar, "minItems": 1}]
                },
            },
            "where",
            "Only signals with these attributes, such as {target: customer}.",
        ),
        "by": described(
            list_or_one({"enum": list(Role)}),
            "by",
            "Only signals spoken by this role or these roles.",
        ),
        "count": _count("count", "So many signals, not one."),
        "at_least": _count("at_least", "So many different members of `any`, not one."),
    }
    plain = {"anyOf": [{"type": "string"}, {"type": "object", "required": ["signal"]}]}
    counted = {"properties": {"count": {"minimum": 2}}, "required": ["count", "any"]}
    return described(
        mapping(
            properties,
            oneOf=[{"required": [key]} for key in ("signal", "any", "all", "none")],
            allOf=[
                _if_has("signal", {"not": {"required": ["at_least"]}}),
                *(
                    _if_has(
                        key,
                        {"not": {"anyOf": [{"required": ["at_least"]}, {"required": ["count"]}]}},
                    )
                    for key in ("all", "none")
                ),
                {
                    "if": counted,
                    "then": {"properties": {"any": {"items": plain}, "at_least": {"maximum": 1}}},
                },
            ],
        ),
        "Condition",
        "Exactly one of signal, any, all, none; options on a group hold for its members.",
    )


def _if_has(key: str, then: Schema) -> Schema:
    return {"if": {"required": [key]}, "then": then}


def _count(title: str, description: str) -> Schema:
    return described(
        {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1}, title, description
    )
