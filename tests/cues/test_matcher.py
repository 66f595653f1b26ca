"""What phrasings find in real-looking text, and where; the whole mini-language by example."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cues.cuekit import PACK, matcher, pack, phrasing, quotes, turn

from amity.conversation import Role
from amity.cues.compiler import compile_cues
from amity.cues.fold import fold
from amity.cues.lemma import inflections
from amity.cues.linear import Pattern
from amity.cues.regex import pattern_text
from amity.cues.surroundings import places, variants
from amity.cues.values import CuePack
from amity.source import Problems


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("sorry", "So SORRY!", ["SORRY"]),
        ("sorry", "unsorry sorryish", []),
        ("deja vu", "déjà vu", ["déjà vu"]),
        ("don't know", "dont know", ["dont know"]),
        ("don't know", "don\u2019t know", ["don\u2019t know"]),
        ("we can", "we can't", []),
        ("we can", "we can.", ["we can"]),
        ("so sorry", "so, sorry", ["so, sorry"]),
        ("so sorry", "so - (sorry)", ["so - (sorry"]),
        ("so sorry", "so. sorry", []),
        ("so sorry", "so\nsorry", []),
        ("follow up", "a follow-up", ["follow-up"]),
        ("complain*", "complaints, complain", ["complaints", "complain"]),
        ("complain*", "uncomplaining", []),
        ("@take over", "she took over", ["took over"]),
        ("[so|very] sorry", "very sorry, sorry", ["very sorry", "sorry"]),
        ("on [the] hold", "on hold; on the hold", ["on hold", "on the hold"]),
        ("(this|it) is (bad|a joke)", "it is a joke", ["it is a joke"]),
        ("tell you <0-2> twice", "tell you people now twice", ["tell you people now twice"]),
        ("tell you <0-2> twice", "tell you a b c twice", []),
        ("tell you <0-2> twice", "tell you. twice", []),
        ("tell you <1-2> twice", "tell you twice", []),
        ("paid <0-1> for", "paid 9.99 for", ["paid 9.99 for"]),
        ("paid #", "paid £30 now", ["paid £30"]),
        ("waited # min*", "waited 45mins", ["waited 45mins"]),
        ("waited # min*", "waited forty minutes", ["waited forty minutes"]),
        ("# times", "3rd times", ["3rd times"]),
        ("# 5", "45", []),
        ("(#|great) thanks", "greatthanks", []),
        ("# <0-1> or", "5 fine for", []),
        ("really ?", "really?! ok", ["really?!"]),
        ("really ?", "really. ok?", []),
        ("oh !", "oh !!", ["oh !!"]),
        ("great \U0001f644", "great\U0001f644", ["great\U0001f644"]),
        ("\U0001f44d", "ok \U0001f44d\U0001f3fd", ["\U0001f44d\U0001f3fd"]),
        ("\U0001f469", "\U0001f469\u200d\U0001f4bb", []),
        ("i [have|'ve] asked", "ive asked. I\u2019ve asked", ["ive asked", "I\u2019ve asked"]),
        ("i ['ve]", "ive", ["ive"]),
        ("f***", "f**** off", ["f****"]),
        ("sh*t", "sh*t, sh**t", ["sh*t", "sh**t"]),
        ("sorry", "яsorry sorryя", []),
        ("жалоба", "моя жалоба!", ["жалоба"]),
        ("жалоба", "жалобами", []),
        ("жалоб*", "жалобами", ["жалобами"]),
        ("生气", "我很生气了", ["生气"]),
        ("so angry", "I am sooo aaangry", ["sooo aaangry"]),
        ("good", "goooood", ["goooood"]),
        ("it's bad", "it&#39;s bad &amp; sad", ["it&#39;s bad"]),
        ("sorry", "\u05e9\u05dc\u05d5\u05dd sorry \u05e9", ["sorry"]),
        ("sorry", "_sorry_ *sorry*", ["sorry", "sorry"]),
        ("sorry", "\x00sorry\x00", ["sorry"]),
        ("sorry", "\ud800 sorry", ["sorry"]),
        ("cafe", "un cafe\u0301 ok", ["cafe\u0301"]),
        ("sorry", "\uff53\uff4f\uff52\uff52\uff59", ["\uff53\uff4f\uff52\uff52\uff59"]),
    ],
)
def test_a_phrasing_finds_exactly_these_words(written: str, text: str, found: list[str]):
    assert quotes(phrasing(written), text) == found


@pytest.mark.parametrize(
    ("keys", "kept", "cancelled"),
    [
        ("at: whole turn", ["Sorry!", " \U0001f644 sorry"], ["so sorry", "sorry. Bye"]),
        ("at: whole sentence", ["Sorry. Bye", "Hm! Sorry"], ["so sorry. Bye"]),
        ("at: sentence start", ["Oh. Sorry me"], ["Oh sorry"]),
        ("at: sentence end", ["So sorry! Bye"], ["Sorry me. Bye"]),
        ("at: turn start", ["Sorry me. Bye"], ["Oh. Sorry"]),
        ("at: turn end", ["Oh. I am sorry \U0001f644"], ["Sorry. Bye"]),
        ("in: question", ["Hm. Are you sorry? Yes."], ["Sorry. Yes?"]),
        ("in: statement", ["Sorry. Yes?", "sorry"], ["Are you sorry? Yes."]),
        ("unless_before: [too late]", ["Too late. Sorry"], ["Too late to be sorry"]),
        (
            "unless_after: [for * loss, sick]",
            ["Sorry. Sick", "Sick, sorry"],
            ["Sorry you are sick"],
        ),
        ("unless_turn: [wrong chat]", ["sorry"], ["Sorry. Wrong chat!", "wrong chat. sorry"]),
    ],
)
def test_a_condition_keeps_some_matches_and_cancels_others(keys, kept, cancelled):
    made = phrasing("sorry", more=keys.replace("for * loss, ", ""))
    assert [text for text in kept if not quotes(made, text)] == []
    assert [text for text in cancelled if quotes(made, text)] == []


def test_after_looks_at_what_the_other_side_said_just_before():
    made = phrasing("yes", more="after: [works now]")
    assert quotes(made, "Yes!", "Is it so?", "It works now?") == ["Yes"]
    assert quotes(made, "Yes!", "Is it so?") == []
    assert quotes(made, "Yes!") == []


def test_cues_are_looked_for_in_the_turns_of_their_subject_only():
    made = matcher(
        PACK.replace("customer.anger", "agent.apology")
        + "    - {cue: sorry, matches: [x], rejects: [y]}\n"
    )
    assert made.signals == {"agent.apology"}
    speakers = {role for role in Role if made.find(turn("sorry", role=role))}
    assert speakers == {Role.AGENT, Role.BOT}


def test_a_finding_carries_score_attributes_and_the_index_of_its_turn():
    made = phrasing("sorry", more="score: 0.4\nattributes: {target: us}")
    [found] = made.find(turn("so sorry", "a", "b"))
    assert (found.signal, found.turn, found.start, found.end) == ("customer.anger", 2, 3, 8)
    assert (found.score, dict(found.attributes)) == (0.4, {"target": "us"})


def test_of_overlapping_cues_of_a_signal_the_surest_stays_and_of_equals_the_longest():
    cues = """\
    - {cue: very sorry, score: 0.5, matches: [x], rejects: [y]}
    - {cue: sorry indeed, score: 0.9, matches: [x], rejects: [y]}
    - {cue: sorry, score: 0.9, matches: [x], rejects: [y]}
"""
    made = matcher(PACK + cues)
    assert quotes(made, "very sorry indeed, sorry") == ["sorry indeed", "sorry"]


def test_overlapping_findings_of_different_signals_all_stay():
    other = "  customer.frustration:\n    - {cue: so sorry, matches: [x], rejects: [y]}\n"
    made = matcher(PACK + "    - {cue: sorry, matches: [x], rejects: [y]}\n" + other)
    found = [(item.signal, item.start) for item in made.find(turn("so sorry"))]
    assert found == [("customer.frustration", 0), ("customer.anger", 3)]


def test_explain_also_tells_of_cancelled_matches_and_why():
    made = phrasing("sorry", more="unless_turn: [wrong chat]")
    [match] = made.explain(turn("Sorry, WRONG chat"))
    assert match.phrasing.text == "sorry"
    assert match.cancelled_by == 'unless_turn: "WRONG chat"'
    assert made.explain(turn("sorry", role=Role.AGENT)) == []


def test_a_matcher_without_cues_finds_nothing():
    assert compile_cues([], [], Problems()).find(turn("sorry")) == []


VOCABULARY = ["so", "sorry", "i", "can", "5", "good", "angry", "don't", "x"]
JOINTS = st.sampled_from(
    [
        "? ",
        "!",
        ".? ",
        ": ",
        ";",
        " ",
        " ",
        " ",
        ", ",
        "-",
        "",
        ". ",
        "\n",
        "'",
        "\U0001f644",
        " \u0301",
        "é",
    ]
)
ITEMS = st.recursive(
    st.sampled_from([*VOCABULARY, "@take", "goo*", "#", "?", "\U0001f644", "<0-2>", "'ve", "soo*"]),
    lambda inner: st.builds(
        lambda runs, pair: pair[0] + "|".join(" ".join(run) for run in runs) + pair[1],
        st.lists(st.lists(inner, min_size=1, max_size=2), min_size=1, max_size=3),
        st.sampled_from(["()", "[]"]),
    ),
    max_leaves=6,
)
PHRASINGS = st.lists(ITEMS, min_size=1, max_size=4).map(" ".join)
WORDS = st.sampled_from([*VOCABULARY, "took", "goooods", "45mins", "i've", "dont", "cant", "5th"])
TEXTS = st.lists(st.tuples(WORDS, JOINTS), max_size=8).map(
    lambda parts: "".join(word + joint for word, joint in parts)
)


def readable(written: Sequence[str]) -> CuePack:
    """A pack of those phrasings that can be read, each in a cue of its own."""
    lines = [f'    - {{cue: "{text}", matches: [x], rejects: [y]}}\n' for text in written]
    return pack(PACK + "".join(lines), Problems())


@settings(deadline=None, max_examples=200, derandomize=True)
@given(st.lists(PHRASINGS, min_size=1, max_size=8), st.lists(TEXTS, min_size=1, max_size=6))
def test_the_index_loses_nothing_that_a_pattern_finds_on_its_own(written, texts):
    loaded = readable(written)
    made = compile_cues([loaded], [], Problems(), check_examples=False)
    phrasings = [phrasing for cue in loaded.cues for phrasing in cue.phrasings]
    patterns = {
        phrasing.text: Pattern(pattern_text(phrasing.tree, lambda lemma: inflections(lemma.text)))
        for phrasing in phrasings
    }
    for text in texts:
        quick = {
            (match.phrasing.text, match.finding.start, match.finding.end)
            for match in made.explain(turn(text))
        }
        slow = {
            (name, *variant.original(start, end))
            for variant in variants(fold(text))
            for name, pattern in patterns.items()
            for start, end in places(pattern, variant.data)
        }
        assert quick == slow


ANY = compile_cues(
    [readable(["sorry", "good* <0-2> i", "@take [so] (5|#) ?", "\U0001f644", "i ['ve]", "é* é"])],
    [],
    Problems(),
    check_examples=False,
)


@settings(deadline=None)
@given(st.text(st.characters(), max_size=50) | TEXTS)
def test_any_text_is_searched_and_every_span_lies_inside_it(text: str):
    for found in ANY.find(turn(text)):
        assert 0 <= found.start < found.end <= len(text)
