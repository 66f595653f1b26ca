"""The schema of files of cases.

A value may hold a variable, ``${name}``, almost anywhere; what it stands for a schema cannot see.
"""

from __future__ import annotations

from amity.conversation import Role
from amity.policy.case import STATES
from amity.policy.case_names import MAX_VALUE
from amity.policy.load import API_VERSION
from amity.policy.schema.policies import channels
from amity.policy.schema.words import (
    NON_BLANK,
    Schema,
    described,
    mapping,
    text,
)
from amity.policy.shared_names import SHARED_KIND

__all__ = ["cases_schema", "fixtures_schema"]

_VARIABLE = {"type": "string", "pattern": r"\$\{"}
_SPEAKER = rf"^(?:{'|'.join(Role)})(?: [\s\S]*)?$"
_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
_MOST_CASES = 1000
# What a time looks like from afar; which are times is for the loader to say.
_TIME: Schema = {"type": ["string", "integer"]}


def cases_schema() -> Schema:
    """A file of kind Cases."""
    return described(
        mapping(
            {
                "apiVersion": {"const": API_VERSION},
                "kind": {"const": "Cases"},
                "metadata": mapping(
                    {"policy": text("policy", "The name of the policy.")}, ("policy",)
                ),
                "clock": _clock(),
                "shared": _shared(),
                "variables": _variables(),
                "fixtures": _fixtures(),
                "cases": described(
                    {"type": "array", "minItems": 1, "maxItems": _MOST_CASES, "items": _case()},
                    "cases",
                    "Conversations with what must come of them.",
                ),
            },
            ("apiVersion", "kind", "metadata", "cases"),
        ),
        "Cases",
        "Conversations that a policy must judge so, and not otherwise (docs/cases.md).",
    )


def fixtures_schema() -> Schema:
    """A file of kind CaseFixtures."""
    return described(
        mapping(
            {
                "apiVersion": {"const": API_VERSION},
                "kind": {"const": SHARED_KIND},
                "variables": _variables(),
                "fixtures": _fixtures(),
            },
            ("apiVersion", "kind"),
            anyOf=[{"required": ["fixtures"]}, {"required": ["variables"]}],
        ),
        SHARED_KIND,
        "Fixtures and variables that several files of cases share (docs/cases.md).",
    )


def _shared() -> Schema:
    name = {"type": "string", "minLength": 1}
    return described(
        {"anyOf": [name, {"type": "array", "minItems": 1, "items": name}]},
        "shared",
        "Files of fixtures and variables, as seen from this file.",
    )


def _clock() -> Schema:
    return described(_TIME, "clock", 'When conversations begin: "2026-01-05T10:00:00Z".')


def _variables() -> Schema:
    value = {"type": ["string", "number", "boolean"], "maxLength": MAX_VALUE}
    return described(
        {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": value},
        "variables",
        "Names for values that turns hold as ${name}.",
    )


def _fixtures() -> Schema:
    turns = {"type": "array", "items": _turn()}
    conversation = mapping(
        {key: {} for key in ("channel", "locale", "open", "attributes", "file", "use", "turns")}
    )
    return described(
        {"type": "object", "additionalProperties": {"anyOf": [turns, conversation]}},
        "fixtures",
        "Turns or conversations that several cases use.",
    )


def _turn() -> Schema:
    spoken = {
        "type": "object",
        "properties": {
            "at": described(_TIME, "at", 'When it was sent: "10:05", +5m, or a full time.')
        },
        "patternProperties": {_SPEAKER: text("Turn", "What was said.")},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 2,
        "if": {"required": ["at"]},
        "then": {"minProperties": 2},
        "else": {"maxProperties": 1},
    }
    use = mapping({"use": described({}, "use", "The fixture whose turns stand here.")}, ("use",))
    return {"if": {"type": "object", "required": ["use"]}, "then": use, "else": spoken}


def _conversation() -> Schema:
    return described(
        mapping(
            {
                "channel": described(
                    {"anyOf": [{"enum": channels()}, _VARIABLE]}, "channel", "chat unless given."
                ),
                "locale": text("locale", "A language tag; en unless given."),
                "open": described(
                    {"anyOf": [{"type": "boolean"}, _VARIABLE]},
                    "open",
                    "true while the conversation goes on.",
                ),
                "attributes": described(
                    {"type": "object"}, "attributes", "Facts that the caller's system would send."
                ),
                "use": described(
                    {}, "use", "The fixture that stands for it, or for its first turns."
                ),
                "file": described(
                    {"type": "string", "minLength": 1},
                    "file",
                    "A conversation in a JSON file of the bundle.",
                ),
                "turns": described(
                    {"type": "array", "items": _turn()}, "turns", "What was said, oldest first."
                ),
            },
            anyOf=[
                {"required": ["turns"], "properties": {"turns": {"minItems": 1}}},
                {"required": ["use"]},
                {"required": ["file"]},
            ],
            allOf=[
                {
                    "if": {"required": ["file"]},
                    "then": {
                        "not": {
                            "anyOf": [{"required": [key]} for key in ("turns", "channel", "locale")]
                        }
                    },
                }
            ],
        ),
        "Conversation",
        "What was said, or where it stands.",
    )


def _expect() -> Schema:
    state = {"enum": list(STATES)}
    together = {"type": "array", "minItems": 2}
    states = {
        "anyOf": [state, {"type": "array", "minItems": 1, "items": state}],
        "if": together,
        "then": {"items": {"not": {"const": "no_opportunity"}}},
    }
    return described(
        {"type": "object", "minProperties": 1, "additionalProperties": states},
        "expect",
        "Rules, each with the state in which it must end, or a list with one for each outcome.",
    )


def _case() -> Schema:
    row = mapping(
        {
            "name": described({}, "name", "What the row is called."),
            "variables": _variables(),
            "attributes": described(
                {"type": "object"}, "attributes", "Put over those of the case."
            ),
            "expect": _expect(),
        }
    )
    needs = {"required": ["expect"]}
    return described(
        mapping(
            {
                "name": described(
                    {"type": ["string", "integer"], "pattern": NON_BLANK},
                    "name",
                    "What happens, in a few words.",
                ),
                "conversation": _conversation(),
                "expect": _expect(),
                "clock": _clock(),
                "variables": _variables(),
                "variants": described(
                    {"type": "array", "minItems": 1, "items": row},
                    "variants",
                    "A table: the same conversation once for each row.",
                ),
            },
            ("name", "conversation"),
            allOf=[
                {
                    "if": {"required": ["variants"]},
                    "then": {
                        "anyOf": [needs, {"properties": {"variants": {"items": needs}}}],
                    },
                    "else": needs,
                }
            ],
        ),
        "Case",
        "A conversation, and what must come of it.",
    )
