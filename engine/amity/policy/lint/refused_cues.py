"""Q1xx: cue packs and scopes that cannot be used."""

from __future__ import annotations

from amity.policy.lint.entry import Entry, Example
from amity.policy.lint.excerpts import cues, scopes

__all__ = ["ENTRIES"]

_GOOD = cues(
    "customer.anger:\n  - cue: furious\n    matches: [I am furious]\n    rejects: [the fury of it]\n"
)
_SCOPE = """\
negation:
  terms: [not, never]
  except: [not only]
  reach: 3
  direction: before
  cancels: [I am not angry]
  keeps: [Not only am I angry]
"""


def _cue(
    phrasing: str, matches: str = "I am furious", rejects: str = "the fury of it", more: str = ""
) -> Example:
    extra = f"    {more}\n" if more else ""
    return cues(
        f"customer.anger:\n  - cue: {phrasing}\n    matches: [{matches}]\n    rejects: [{rejects}]\n{extra}"
    )


def _scope(old: str, new: str) -> Example:
    return scopes(_SCOPE.replace(old, new))


def _of_another_version(example: Example) -> Example:
    text = str(example.files["cues.yaml"]).replace("amity/v1", "amity/v2")
    return Example("apiVersion: amity/v2\nkind: CuePack\n", {**example.files, "cues.yaml": text})


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Q101",
        "value of the wrong kind",
        "A value is of another kind than is wanted, or an empty text.",
        "The file does not say what it must say; a word such as `true` needs quotes to be a text.",
        bad=_cue("furious", matches="true"),
        good=_GOOD,
    ),
    Entry(
        "Q102",
        "missing key",
        "A required key is missing; a cue needs `cue`, `matches`, `rejects` and a score of its own or of the pack.",
        "A cue without examples is a guess.",
        bad=cues("customer.anger:\n  - cue: furious\n    matches: [I am furious]\n"),
        good=_GOOD,
    ),
    Entry(
        "Q103",
        "unknown key",
        "A mapping has a key that means nothing there.",
        "What it was to say would be ignored.",
        bad=_cue("furious", more="sacle: 0.9"),
        good=_cue("furious", more="score: 0.9"),
    ),
    Entry(
        "Q104",
        "unknown apiVersion",
        "The pack is made for another version of the language.",
        "Its words may mean something else there.",
        bad=_of_another_version(_GOOD),
        good=_GOOD,
    ),
    Entry(
        "Q105",
        "empty list",
        "A list has no members.",
        "It is usually a place where something was to be filled in.",
        bad=cues(
            "customer.anger:\n  - cue: furious\n    matches: [I am furious]\n    rejects: []\n"
        ),
        good=_GOOD,
    ),
    Entry(
        "Q110",
        "unknown signal",
        "A pack has cues for a signal that is not in the catalogue.",
        "No rule could ever ask for it; the nearest name is offered.",
        bad=cues(
            "customer.angre:\n  - cue: furious\n    matches: [I am furious]\n    rejects: [the fury of it]\n"
        ),
        good=_GOOD,
    ),
    Entry(
        "Q111",
        "score out of range",
        "A score is not from 0 to 1.",
        "It is a confidence: of the matches scored 0.8, about 80% should be right.",
        bad=_cue("furious", more="score: 8"),
        good=_cue("furious", more="score: 0.8"),
    ),
    Entry(
        "Q112",
        "word that is no choice",
        "`at`, `in` or `direction` has a value that is not possible there.",
        "It is usually a slip of the pen.",
        bad=_cue("furious", more="at: sentence begin"),
        good=_cue("furious", more="at: sentence end"),
    ),
    Entry(
        "Q113",
        "reach out of range",
        "`reach` is not from 0 to 30 words.",
        "A term that cancels everything in a paragraph cancels too much.",
        bad=_scope("reach: 3", "reach: 300"),
        good=_scope("", ""),
    ),
    Entry(
        "Q114",
        "unknown scope",
        "A cue names a scope that no file of its language defines.",
        '"I am not angry" would count as anger.',
        bad=_cue("furious", more="scopes: [negations]"),
        good=_cue("furious", more="scopes: []"),
    ),
    Entry(
        "Q115",
        "scope that is defined twice",
        "Two scopes of a language have the same name.",
        "It cannot be known which is meant.",
        bad=Example(
            f"{_SCOPE}# and once more in another file\n",
            {**scopes(_SCOPE).files, "scopes-2.yaml": scopes(_SCOPE).files["scopes.yaml"]},
        ),
        good=_scope("", ""),
    ),
    Entry(
        "Q120",
        "phrasing without a word",
        "A phrasing can match without any word.",
        "It would be found everywhere.",
        bad=_cue('"[very] ?"'),
        good=_cue('"[very] furious"'),
    ),
    Entry(
        "Q121",
        "brackets that do not pair",
        "A bracket is not closed, or closes nothing.",
        "It cannot be known where the alternative ends.",
        bad=_cue("(furious|livid"),
        good=_cue("(furious|livid)", matches="I am furious, quite livid"),
    ),
    Entry(
        "Q122",
        "character that means nothing",
        "A phrasing has a character that is no part of the language of cues.",
        "A cue never spans two sentences, and has no regular expressions.",
        bad=_cue("furious. Really", matches="I am furious. Really"),
        good=_GOOD,
    ),
    Entry(
        "Q123",
        "stem that is too short",
        "A stem has fewer than three letters before its star.",
        "It would be found in too many words.",
        bad=_cue("fu*"),
        good=_cue("furi*"),
    ),
    Entry(
        "Q124",
        "gap that cannot be used",
        "A gap cannot be read, is wider than six words, or stands at the edge of a phrasing.",
        "Words that far apart have nothing to do with each other.",
        bad=_cue("furious <0-9> this"),
        good=_cue("furious <0-2> this", matches="I am furious about this"),
    ),
    Entry(
        "Q125",
        "alternative that may be empty",
        "An alternative in brackets has nothing that must be there.",
        "The brackets then say nothing.",
        bad=_cue("(furious|[very])"),
        good=_cue('"[very] furious"'),
    ),
    Entry(
        "Q126",
        "unknown lemma",
        "`@` stands before something that is no English word.",
        "Its inflections are not known.",
        bad=_cue('"@furiate"'),
        good=_cue('"@infuriate me"', matches="It infuriates me"),
    ),
    Entry(
        "Q127",
        "phrasing that is too long",
        "A phrasing has more than 2,000 characters, or brackets nested more than six deep.",
        "Nobody can read that.",
        bad=_cue("((((((((furious))))))))"),
        good=_GOOD,
    ),
    Entry(
        "Q128",
        "phrasing that is too large",
        "The pattern of a phrasing is too large to run in linear time.",
        "One message would hold up the others.",
        bad=Example(
            "customer.anger:\n  - cue: 'order # # # # … (and so on, 990 numbers)'\n",
            _cue(f"'order {'# ' * 990}'").files,
        ),
        good=_cue("'order #'", matches="order 7", rejects="an order"),
    ),
    Entry(
        "Q130",
        "example that does not match",
        "The cue is not found in one of its `matches`.",
        "Phrasing and example say different things, and only one is meant.",
        bad=_cue("furious", matches="I am furious, I am livid"),
        good=_GOOD,
    ),
    Entry(
        "Q131",
        "phrasing without an example",
        "A phrasing is found in none of the `matches`.",
        "Nobody has tried it.",
        bad=_cue("[furious, livid]"),
        good=_cue("[furious, livid]", matches="I am furious, quite livid"),
    ),
    Entry(
        "Q132",
        "rejected example that matches",
        "The cue is found in one of its `rejects`.",
        "It finds what it must not find.",
        bad=_cue("furious", rejects="a furious storm"),
        good=_GOOD,
    ),
    Entry(
        "Q133",
        "example that is cancelled",
        "A condition or a scope cancels every match in one of the `matches`.",
        "The words are there, and the cue is not found.",
        bad=_cue("furious", matches="I am furious, quite furious", more="unless_before: I am"),
        good=_cue("furious", matches="I am furious, quite furious", more="unless_before: fast and"),
    ),
    Entry(
        "Q134",
        "sentence that cancels nothing",
        "No term of the scope is free in one of its `cancels`.",
        "What was to be turned round is not.",
        bad=_scope("cancels: [I am not angry]", "cancels: [I am no longer angry]"),
        good=_scope("", ""),
    ),
    Entry(
        "Q135",
        "sentence that cancels after all",
        "A term of the scope is free in one of its `keeps`.",
        "What was to be kept is turned round.",
        bad=_scope("keeps: [Not only am I angry]", "keeps: [It is not as if I were happy]"),
        good=_scope("", ""),
    ),
)
