"""The schema of cue packs and scope files."""

from __future__ import annotations

from amity.cues.pack import PLACES, SENTENCES
from amity.cues.schema import API_VERSION
from amity.cues.scopes import DIRECTIONS, MAX_REACH
from amity.policy.schema.words import (
    NON_BLANK,
    Schema,
    choice,
    described,
    list_or_one,
    mapping,
    number,
    reference,
)
from amity.signals import Catalogue

__all__ = ["cue_definitions", "pack_schema", "scopes_schema"]


def _text(title: str, description: str) -> Schema:
    """Text that is not blank; any number counts as text."""
    return described({"type": ["string", "number"], "pattern": NON_BLANK}, title, description)


def cue_definitions() -> dict[str, Schema]:
    """The definitions ``phrasings``, ``examples`` and ``cue``."""
    example = {
        "if": {"type": "object"},
        "then": mapping(
            {
                "text": _text("text", "What is said."),
                "after": _text("after", "What the other side said just before."),
            },
            ("text",),
        ),
        "else": _text("Example", "What is said."),
    }
    return {
        "phrasings": described(
            list_or_one(_text("Phrasing", "Words of the cue language (docs/cues.md).")),
            "Phrasings",
            "One phrasing or several: word, stem*, [optional], (a|b), <0-3> gap, @lemma, # number.",
        ),
        "examples": list_or_one(example),
        "cue": _cue(),
    }


def _score(description: str) -> Schema:
    return number(0, 1, "score", description)


def _scopes(description: str) -> Schema:
    names = list_or_one(_text("Scope", "The name of a scope."))
    return described(
        {"anyOf": [*names["anyOf"], {"type": "array", "maxItems": 0}]}, "scopes", description
    )


def _cue() -> Schema:
    condition = {
        "after": "Phrasings of which one must be found in the move before.",
        "unless_before": "Phrasings that cancel the match when they stand earlier in the sentence.",
        "unless_after": "Phrasings that cancel it when they stand later in the sentence.",
        "unless_turn": "Phrasings that cancel it wherever they stand in the turn.",
    }
    return described(
        mapping(
            {
                "cue": described(reference("phrasings"), "cue", "The words that carry the signal."),
                "matches": described(
                    reference("examples"), "matches", "Examples in which the cue must be found."
                ),
                "rejects": described(
                    reference("examples"), "rejects", "Near misses in which it must not be found."
                ),
                "score": _score("Of the matches scored 0.8, about 80% should be right."),
                "attributes": described(
                    {"type": "object", "additionalProperties": _text("Value", "A fact.")},
                    "attributes",
                    "Facts that the match carries, such as target: customer.",
                ),
                "at": choice(PLACES, "at", "Where the match must stand."),
                "in": choice(SENTENCES, "in", "Whether the sentence ends with a question mark."),
                **{
                    key: described(reference("phrasings"), key, words)
                    for key, words in condition.items()
                },
                "scopes": _scopes("Which scopes can cancel this cue; [] for none."),
            },
            ("cue", "matches", "rejects"),
        ),
        "Cue",
        "Words that carry a signal, with examples that are tried whenever they are loaded.",
    )


def _header() -> Schema:
    return described(
        mapping(
            {
                "name": _text("name", "The name of the file."),
                "title": _text("title", "What people read."),
                "language": _text("language", "The language, such as en."),
                "owner": _text("owner", "Who answers for it."),
                "description": _text("description", "What is in it."),
                "version": _text("version", "Its version."),
            },
            ("name",),
        ),
        "Metadata",
        "What the file is.",
    )


def pack_schema(catalogue: Catalogue) -> Schema:
    """A file of kind CuePack, for the signals of *catalogue*."""
    with_score = {"type": "object", "required": ["score"]}
    scored = {"anyOf": [with_score, {"type": "array", "items": with_score}]}
    defaults = mapping(
        {
            "score": _score("Confidence of a match whose cue does not say."),
            "scopes": _scopes("Scopes that can cancel the cues of this pack."),
        }
    )
    return described(
        mapping(
            {
                "apiVersion": {"const": API_VERSION},
                "kind": {"const": "CuePack"},
                "metadata": _header(),
                "defaults": described(defaults, "defaults", "What cues have that do not say."),
                "signals": described(
                    {
                        "type": "object",
                        "properties": {
                            definition.name: described(
                                list_or_one(reference("cue")), definition.name, definition.meaning
                            )
                            for definition in catalogue
                        },
                        "additionalProperties": False,
                    },
                    "signals",
                    "The cues of each signal.",
                ),
            },
            ("apiVersion", "kind", "metadata", "signals"),
            **{
                "if": {"not": {"properties": {"defaults": with_score}, "required": ["defaults"]}},
                "then": {"properties": {"signals": {"additionalProperties": scored}}},
            },
        ),
        "Cue pack",
        "Words that carry signals, in one language (docs/cues.md).",
    )


def scopes_schema() -> Schema:
    """A file of kind CueScopes."""
    scope = mapping(
        {
            "terms": described(
                reference("phrasings"), "terms", "Words that cancel a match near them."
            ),
            "except": described(
                reference("phrasings"), "except", "Phrases in which a term cancels nothing."
            ),
            "reach": number(0, MAX_REACH, "reach", "Words between the term and the match."),
            "direction": choice(
                DIRECTIONS, "direction", "Where the term stands: before the match, after it."
            ),
            "cancels": described(
                reference("examples"), "cancels", "Sentences in which a term is free."
            ),
            "keeps": described(reference("examples"), "keeps", "Sentences in which none is."),
        },
        ("terms", "reach", "direction", "cancels", "keeps"),
    )
    return described(
        mapping(
            {
                "apiVersion": {"const": API_VERSION},
                "kind": {"const": "CueScopes"},
                "metadata": _header(),
                "scopes": described(
                    {"type": "object", "additionalProperties": scope},
                    "scopes",
                    "Each scope by its name.",
                ),
            },
            ("apiVersion", "kind", "metadata", "scopes"),
        ),
        "Scopes",
        "Negation, hypotheticals, reported speech: what turns words around (docs/cues.md).",
    )
