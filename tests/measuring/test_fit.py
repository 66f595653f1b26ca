"""Curves say what scores were worth, rise, and are fitted to turns other than those that they judge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.calibration import load_calibration
from amity.measuring.fit import _rising, as_yaml, calibrated, fit, fit_held_out
from amity.measuring.tallies import Sightings, measure
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

CATALOGUE = builtin_catalogue()


def boastful(name: str = "customer.anger", turns: int = 400) -> Sightings:
    """A detector that says 0.9 where seven in ten are right, and 0.6 where two in ten are."""
    random = np.random.default_rng(1)
    score = random.choice([0.0, 0.6, 0.9], size=(turns, 1))
    chance = np.select([score == 0.9, score == 0.6], [0.7, 0.2], 0.05)
    return Sightings(
        (name,),
        score,
        random.random((turns, 1)) < chance,
        np.ones((turns, 1), bool),
        np.full((turns, 1), np.nan),
    )


def test_a_curve_says_what_scores_were_worth():
    curve = fit(boastful(), CATALOGUE)["customer.anger"].curve
    assert curve(0.9) == pytest.approx(0.7, abs=0.1)
    assert curve(0.6) == pytest.approx(0.2, abs=0.1)


def test_a_signal_that_is_hardly_labelled_keeps_its_scores():
    assert not fit(boastful(turns=12), CATALOGUE)


def test_scores_hold_better_after_on_turns_left_out_of_the_fit():
    before, after = measure(boastful()), measure(fit_held_out(boastful(), CATALOGUE))
    assert after.macro.brier < before.macro.brier
    assert after.macro.calibration_error < before.macro.calibration_error


def test_what_can_hurt_a_score_is_reported_more_sparingly_than_what_opens_an_opportunity():
    lapse = fit(boastful("agent.blame_shift"), CATALOGUE)["agent.blame_shift"].curve
    need = fit(boastful("customer.anger"), CATALOGUE)["customer.anger"].curve
    assert lapse.least > need.least


def test_calibrated_findings_under_the_least_are_gone():
    seen = boastful("agent.blame_shift")
    after = calibrated(seen, fit(seen, CATALOGUE))
    assert not (after.score[seen.score == 0.6] > 0).any()
    assert (after.score[seen.score == 0.9] > 0).all()


def test_the_file_that_is_written_loads_and_means_the_same():
    fitted = fit(boastful(), CATALOGUE)
    text = "\n".join(as_yaml(fitted, name="ours", owner="cx", source="labels.jsonl"))
    problems = Problems()
    node = parse_yaml(text, "calibration.yaml", problems)
    loaded = load_calibration(node, CATALOGUE, problems)
    assert not problems
    assert loaded.curves == {name: each.curve for name, each in fitted.items()}


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 50)), min_size=1, max_size=12))
def test_rising_values_rise_and_keep_the_mean(pairs):
    shares, sizes = np.array([a for a, _ in pairs]), np.array([float(n) for _, n in pairs])
    found = _rising(shares, sizes)
    assert (np.diff(found) >= -1e-12).all()
    assert np.average(found, weights=sizes) == pytest.approx(np.average(shares, weights=sizes))
