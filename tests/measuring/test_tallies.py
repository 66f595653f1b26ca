"""The figures are those that one gets by counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.measuring.peers import ranking
from amity.measuring.tallies import Sightings, measure


def sightings(score, is_there, counts=None, overlap=None) -> Sightings:
    score = np.array(score, float)
    names = tuple(f"agent.{at}" for at in range(score.shape[1]))
    return Sightings(
        names,
        score,
        np.array(is_there, bool),
        np.ones(score.shape, bool) if counts is None else np.array(counts, bool),
        np.full(score.shape, np.nan) if overlap is None else np.array(overlap, float),
    )


def test_precision_recall_and_f1_are_counted():
    seen = sightings([[0.9], [0.6], [0.0], [0.7]], [[1], [0], [1], [1]])
    (row,) = measure(seen).signals
    assert (row.labelled, row.found, row.right) == (3, 3, 2)
    assert (row.precision, row.recall, row.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert row.f1_low <= row.f1 <= row.f1_high


def test_findings_under_the_least_score_and_turns_that_are_not_judged_do_not_count():
    seen = sightings([[0.9], [0.4], [0.8]], [[1], [1], [0]], counts=[[1], [1], [0]])
    (row,) = measure(seen, 0.5).signals
    assert (row.labelled, row.found, row.right) == (2, 1, 1)


def test_scores_that_hold_have_no_calibration_error():
    held = sightings([[0.75]] * 4, [[1], [1], [1], [0]])
    boast = sightings([[0.95]] * 4, [[1], [1], [1], [0]])
    assert measure(held).macro.calibration_error == pytest.approx(0)
    assert measure(boast).macro.calibration_error == pytest.approx(0.2)
    assert measure(held).macro.brier == pytest.approx(3 / 16)


def test_the_means_leave_out_signals_that_nobody_showed_or_found():
    seen = sightings([[0.9, 0, 0]] * 9, [[1, 0, 1]] * 9)
    measured = measure(seen)
    assert measured.macro.f1 == pytest.approx(0.5)
    assert measured.frequent.labelled == 18


def test_overlap_is_the_mean_over_what_was_found_and_quoted():
    seen = sightings([[0.9], [0.9], [0.9]], [[1], [1], [1]], overlap=[[1.0], [0.5], [np.nan]])
    assert measure(seen).signals[0].overlap == pytest.approx(0.75)


def test_the_same_turns_give_the_same_interval():
    seen = sightings([[0.9], [0.0], [0.6]] * 10, [[1], [1], [0]] * 10)
    assert repr(measure(seen)) == repr(measure(seen))  # NaN differs from itself


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3]), st.booleans()), min_size=2, max_size=12)
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(rows):
    scores = np.array([score for score, _ in rows])
    positive = np.array([is_positive for _, is_positive in rows])
    pairs = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a in scores[positive]
        for b in scores[~positive]
    ]
    if pairs:
        assert ranking(scores, positive) == pytest.approx(np.mean(pairs))
    else:
        assert np.isnan(ranking(scores, positive))
