"""Cues that come, go or change are told by signal."""

from __future__ import annotations

from pathlib import Path

import pytest

from amity.policy.cue_diff import CueFiles, compare_cues, read_cues
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

TINY = (Path(__file__).parents[1] / "tiny" / "cues.yaml").read_text(encoding="utf-8")
SCOPES = """\
apiVersion: amity/v1
kind: CueScopes
metadata: {name: s, title: S, language: en, owner: tests, version: 1}
scopes:
  negation:
    terms: [not, TERM]
    reach: 3
    direction: before
    cancels: ["I am not [angry]"]
    keeps: ["I am [angry]"]
"""


def cues(*texts: str) -> CueFiles:
    problems = Problems()
    nodes = [parse_yaml(text, "cues.yaml", problems) for text in texts]
    found = read_cues([node for node in nodes if node], builtin_catalogue(), problems)
    assert not problems
    return found


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "cue: calm down",
            "cue: cool down",
            ["cue “calm down” removed", "cue “cool down” added"],
        ),
        (
            "cue: calm down",
            "cue: calm down\n      score: 0.5",
            ["cue “calm down”: score 0.8 → 0.5"],
        ),
        (
            "cue: calm down",
            "cue: calm down\n      at: sentence start",
            ["cue “calm down”: at none → sentence start"],
        ),
        ("A tiny pack", "A small pack", []),
        ("Calm down please", "Calm down now", []),
    ],
)
def test_changes_of_cues(old, new, told):
    assert [
        change.text for change in compare_cues(cues(TINY), cues(TINY.replace(old, new)))
    ] == told


def test_terms_of_scopes_are_told():
    old, new = (cues(TINY, SCOPES.replace("TERM", word)) for word in ("never", "hardly"))
    [change] = compare_cues(old, new)
    assert (change.name, change.language) == ("negation", "en")
    assert change.text == "scope: terms “never”, “not” → “hardly”, “not”"
