"""Detection on a frozen set of turns that no weight was trained on is no worse than it was.

The turns are 400 of the authored ones that are held back: all 243 that no cue was written against,
and others by their digests (`python tools/measure_detection.py --frozen`). After a change
that is better on purpose: `amity bench detection tests/detection/frozen.jsonl --min-score 0.5
-o json > tests/detection/baseline.json`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
BENCH = ("bench", "detection", str(HERE / "frozen.jsonl"), "--min-score", "0.5")
BASELINE = ("--baseline", str(HERE / "baseline.json"))


def test_detection_is_not_worse_than_the_interval_of_its_baseline(amity):
    result = amity(*BENCH, *BASELINE)
    assert result.exit_code == 0, result.stderr
    assert "within its interval or better" in result.stderr


@pytest.mark.parametrize("detector", ["amity_cues", "amity_sentences"])
def test_the_gate_fails_when_a_detector_is_lost(amity, detector):
    result = amity(*BENCH, *BASELINE, "--no-plugin", detector)
    assert result.exit_code == 1, result.stdout
    assert "worse than its interval allows" in result.stderr
