"""A calibration in a bundle changes what scores are worth, is part of its digest, and cannot be half read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from amity.calibration import Curve
from amity.errors import BadBundle
from amity.judge import open_judge
from amity.testkit import talk

BUNDLE = Path(__file__).parent / "cli" / "bundle"
HEAD = "apiVersion: amity/v1\nkind: Calibration\nmetadata: {name: ours, owner: cx, version: 1}\nsignals:\n"
TALK = talk("customer: I am furious, this is outrageous!", "agent: ok")


def judge(tmp_path: Path, *texts: str):
    folder = tmp_path / "policies"
    shutil.copytree(BUNDLE, folder)
    for number, text in enumerate(texts):
        (folder / f"calibration-{number}.yaml").write_text(HEAD + text, encoding="utf-8")
    return open_judge([folder])


def anger(found) -> list[tuple[float, float]]:
    return [
        (signal.score, signal.sources[0].score)
        for signal in found.detect(TALK).signals
        if signal.name == "customer.anger"
    ]


def test_scores_follow_the_curve_and_sources_keep_their_own(tmp_path):
    before = anger(open_judge([BUNDLE]))
    after = anger(judge(tmp_path, "  customer.anger: {curve: [[0, 0], [1, 0.5]]}\n"))
    assert before
    assert after == [(round(score / 2, 4), source) for score, source in before]


def test_findings_under_the_least_are_not_reported(tmp_path):
    assert not anger(judge(tmp_path, "  customer.anger: {curve: [[0, 0], [1, 0.5]], least: 0.6}\n"))


def test_it_is_part_of_the_digest(tmp_path):
    changed = judge(tmp_path, "  customer.anger: {least: 0.1}\n")
    assert changed.bundle.digest != open_judge([BUNDLE]).bundle.digest


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  customer.angre: {least: 0.5}\n", "N101"),
        ("  customer.anger: {curve: [[0.5, 0.8], [0.9, 0.4]]}\n", "N102"),
        ("  customer.anger: {curve: [[0.5, 0.8]]}\n", "N102"),
        ("  customer.anger: {curve: [[0.5], [0.9]]}\n", "N102"),
        ("  customer.anger: {curve: [[0.5, 2], [0.9, 3]]}\n", "N102"),
        ("  customer.anger: {curve: high}\n", "N102"),
        ("  customer.anger: {least: 50}\n", "N104"),
        ("  customer.anger: {lest: 0.5}\n", "Y111"),
        ("  - customer.anger\n", "Y110"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, text, code):
    with pytest.raises(BadBundle) as told:
        judge(tmp_path, text)
    assert [problem.code for problem in told.value.problems] == [code]


def test_two_files_may_not_calibrate_one_signal(tmp_path):
    with pytest.raises(BadBundle) as told:
        judge(tmp_path, "  customer.anger: {least: 0.5}\n", "  customer.anger: {least: 0.6}\n")
    (problem,) = told.value.problems
    assert (problem.code, problem.file, problem.line) == ("N103", "calibration-1.yaml", 5)
    assert "calibration-0.yaml" in problem.message


def test_a_curve_is_level_outside_its_points():
    curve = Curve(((0.4, 0.2), (0.6, 0.8)))
    assert [curve(score) for score in (0.0, 0.4, 0.5, 0.6, 1.0)] == [0.2, 0.2, 0.5, 0.8, 0.8]
