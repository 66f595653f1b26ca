"""What several detectors say about the same words is one signal, and it says who said what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.plugins.contract import Finding
from amity.plugins.merging import LEAST_REPORTED, Said, merge
from amity.signals import Source

TEXTS = {0: "furious as I am"}


def said(detector, score, attributes=None, start=0, end=7, opinions=()):
    finding = Finding("customer.anger", 0, start, end, score, attributes or {})
    return Said(detector, finding, opinions)


def thought(chance):
    return (Source("model", chance),)


def test_overlapping_findings_of_one_signal_merge_with_all_their_sources():
    findings = [
        Said("words", Finding("customer.anger", 0, 0, 5, 0.6)),
        Said("model", Finding("customer.anger", 0, 2, 9, 0.9, {"how": "hot"})),
        Said("model", Finding("customer.anger", 0, 12, 15, 0.7)),
    ]
    first, second = merge(findings, {0: "furious as I am"})
    assert (first.start, first.end, first.quote) == (2, 9, "rious a")
    assert first.score == pytest.approx(0.96)
    assert {source.detector: source.score for source in first.sources} == {
        "words": 0.6,
        "model": 0.9,
    }
    assert first.attributes == {"how": "hot"}
    assert (second.start, second.end) == (12, 15)


def test_merging_does_not_depend_on_the_order_of_findings():
    findings = [
        Said("a", Finding("customer.anger", 0, 0, 5, 0.6)),
        Said("b", Finding("customer.anger", 0, 4, 9, 0.6)),
        Said("c", Finding("customer.anger", 0, 8, 12, 0.6)),
    ]
    texts = {0: "furious as I am"}
    assert merge(findings, texts) == merge(findings[::-1], texts)


def test_two_that_agree_are_surer_than_either():
    [signal] = merge([said("words", 0.8), said("model", 0.7, start=0, end=15)], TEXTS)
    assert signal.score == pytest.approx(0.94)


def test_one_detector_that_says_it_twice_is_not_surer_for_that():
    [signal] = merge([said("words", 0.8), said("words", 0.7, end=10)], TEXTS)
    assert signal.score == 0.8


def test_what_the_surest_does_not_say_is_taken_from_the_others():
    [signal] = merge(
        [
            said("model", 0.9, {"how": "hot"}),
            said("words", 0.8, {"how": "cold", "at": "us"}),
        ],
        TEXTS,
    )
    assert signal.attributes == {"how": "hot", "at": "us"}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_the_merged_score_is_one_of_a_probability_and_never_below_the_surest(scores):
    [signal] = merge([said(f"d{at}", score) for at, score in enumerate(scores)], TEXTS)
    assert max(scores) - 1e-4 <= signal.score <= 1


def test_an_opinion_weighs_a_report_and_is_among_its_sources():
    [signal] = merge([said("words", 0.8, opinions=thought(0.2))], TEXTS, {"model"})
    assert 0.5 < signal.score < 0.8
    assert signal.sources == (Source("model", 0.2), Source("words", 0.8))


@given(st.floats(0.4, 0.99), st.floats(0, 1), st.floats(0, 1))
def test_the_likelier_it_is_held_the_surer_it_is(reported, one, other):
    scores = []
    for chance in sorted((one, other)):
        found = merge([said("words", reported, opinions=thought(chance))], TEXTS, {"model"})
        scores.append(found[0].score if found else 0)
        assert not found or found[0].score >= LEAST_REPORTED
    assert scores == sorted(scores)


def test_what_opinions_leave_too_little_of_is_not_reported():
    assert merge([said("words", 0.8, opinions=thought(0.01))], TEXTS, {"model"}) == []


def test_a_report_that_is_certain_is_taken_at_its_word():
    [signal] = merge([said("words", 1, opinions=thought(0.01))], TEXTS, {"model"})
    assert signal.score == 1


def test_two_that_agree_are_surer_together_and_two_that_differ_meet_between():
    found = [
        said("model", 0.8, opinions=(Source("deep", 0.8),)),
        said("deep", 0.8, opinions=thought(0.8)),
    ]
    [signal] = merge(found, TEXTS, {"model", "deep"})
    assert 0.8 < signal.score < 0.9
    [doubted] = merge([said("deep", 0.9, opinions=thought(0.3))], TEXTS, {"model", "deep"})
    assert 0.3 < doubted.score < 0.9
