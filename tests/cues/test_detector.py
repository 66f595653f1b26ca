"""The bundled plugin and the shipped scopes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cues.cuekit import cue, matcher, scopes, turn

from amity.source import Problems
from amity_cues import CueDetector, amity_detectors

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "policies" / "cues" / "scopes.yaml").read_text("utf-8")


def test_the_plugin_contributes_one_detector_of_all_cues():
    made = matcher(cue("cue: sorry\nmatches: [x]\nrejects: [y]"))
    [detector] = amity_detectors(made)
    assert isinstance(detector, CueDetector)
    assert (detector.name, detector.signals) == ("cues", {"customer.anger"})
    found = list(detector.detect([turn("sorry"), turn("no"), turn("so sorry", "a")]))
    assert [(item.turn, item.start) for item in found] == [(0, 0), (1, 3)]


@pytest.fixture(scope="module")
def sorry():
    written = (
        "cue: (apologise|sorry|furious|call you)\nscopes: [negation, hypothetical, reported]\n"
    )
    return matcher(cue(written + "matches: [x]\nrejects: [y]"), SHIPPED, check=False)


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("I'm not sorry", "negation"),
        ("They failed to apologise", "negation"),
        ("You closed it without saying sorry", "negation"),
        ("We would apologise if it were us", "hypothetical"),
        ("I would have been furious", "hypothetical"),
        ("She told me she was sorry", "reported"),
        ("I would like to apologise", ""),
        ("I'd like to apologise", ""),
        ("I can't apologise enough", ""),
        ("Not only am I furious", ""),
        ("It's not working, I'm furious", ""),
        ("If it's still broken I will call you", ""),
        ("No doubt you are furious", ""),
        ("I said I would call you", "hypothetical"),
    ],
)
def test_the_shipped_scopes_tell_acts_from_talk_of_acts(sorry, text: str, scope: str):
    [match] = sorry.explain(turn(text))
    assert match.cancelled_by.partition(":")[0] == scope


def test_the_shipped_scopes_do_what_their_examples_say():
    problems = Problems()
    scopes(SHIPPED, problems)
    matcher(cue("cue: sorry\nmatches: [sorry]\nrejects: [y]"), SHIPPED, check=True)
    assert not problems
