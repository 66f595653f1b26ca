"""The one schema for all files: which part holds is told by `kind`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from amity.policy.schema.calibrations import calibration_schema
from amity.policy.schema.cases import cases_schema, fixtures_schema
from amity.policy.schema.conditions import condition_definitions
from amity.policy.schema.cues import cue_definitions, pack_schema, scopes_schema
from amity.policy.schema.policies import policy_schema, when
from amity.policy.schema.words import Schema, reference
from amity.policy.shared_names import SHARED_KIND
from amity.signals import Catalogue

__all__ = ["BEYOND", "json_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

BEYOND: Mapping[str, str] = MappingProxyType(
    {
        "V103": "that two members of a list have the same id",
        "V108": "that a condition holds in silence, through any number of groups",
        "V109": "that a rule's signals fit the policy's scores",
        "V115": "that a signal fits the `by` of a group around it",
        "V117": "that a number is larger than the length of a list beside it",
        "V127": "which actions the plugins of a server offer",
        "V132": "the grammar and the types of CEL",
        "V133": "the type of a CEL expression",
        "V134": "the depth of loops in CEL",
        "V135": "the macros of CEL",
        "V136": "the operators inside loops in CEL",
        "V137": "the length of loops in CEL",
        "V138": "what a CEL expression costs",
        "V139": "what all CEL expressions of a policy cost",
        "Q114": "which scopes other files define",
        "Q115": "which scopes other files define",
        "Q120": "the grammar of cues",
        "Q121": "the grammar of cues",
        "Q122": "the grammar of cues",
        "Q123": "the grammar of cues",
        "Q124": "the grammar of cues",
        "Q125": "the grammar of cues",
        "Q126": "which words are English",
        "Q127": "the grammar of cues",
        "Q128": "how large a compiled pattern is",
        "Q130": "what a cue finds",
        "Q131": "what a cue finds",
        "Q132": "what a cue finds",
        "Q133": "what a cue finds",
        "Q134": "what a scope cancels",
        "Q135": "what a scope cancels",
        "K103": "which texts are times",
        "K104": "that one time is after another",
        "K107": "that two members of a list have the same name",
        "K108": "which policies other files define",
        "K109": "which rules other files define",
        "K110": "the length of a name that is put together from others",
        "K111": "the limits of conversations, counted over all turns",
        "K114": "that a state fits the conversation, which may stand elsewhere",
        "K117": "which texts are times",
        "K120": "what a fixture holds where it is used",
        "K122": "which fixtures there are",
        "K123": "which variables there are",
        "K124": "which names are used",
        "K126": "which names other files have",
        "K127": "which files there are, and of which kind",
        "K130": "which files there are",
        "K131": "which files there are",
        "N102": "that the points of a curve rise",
        "N103": "what other files calibrate",
    }
)
"""What the loader refuses and a schema cannot say: the code, and what it would have to know."""


def json_schema(catalogue: Catalogue, actions: Sequence[str] = ()) -> Schema:
    """The schema (draft 2020-12) of every file of a bundle, with the signals of *catalogue*."""
    kinds = {
        "Policy": policy_schema(actions),
        "CuePack": pack_schema(catalogue),
        "CueScopes": scopes_schema(),
        "Cases": cases_schema(),
        SHARED_KIND: fixtures_schema(),
        "Calibration": calibration_schema(catalogue),
    }
    return {
        "$schema": DIALECT,
        "title": "Amity",
        "description": "A policy, cue pack, file of scopes, of cases or of fixtures, or calibration of Amity.",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "kind": {"title": "kind", "description": "What the file is.", "enum": list(kinds)}
        },
        "allOf": [
            {
                "if": {"required": ["kind"], "properties": {"kind": {"const": kind}}},
                "then": reference(kind),
            }
            for kind in kinds
        ],
        "$defs": {
            **kinds,
            **condition_definitions(catalogue),
            **cue_definitions(),
            "when": when(),
        },
    }
