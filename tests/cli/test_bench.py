"""`amity bench detection` and `amity calibrate`: figures for people, JSON for machines, files to review."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

# The words of the small bundle alone are known well enough to count what they find.
BUNDLE = ("--policies", str(Path(__file__).parent / "bundle"), "--no-plugin", "amity_sentences")
ROWS = [
    {"role": "customer", "text": "I am furious, this is outrageous!", "signals": [{"signal": "customer.anger", "quote": "furious"}]},
    {"role": "customer", "text": "Where is my parcel?", "signals": []},
    {"role": "customer", "text": "My teapot sings of winter.", "signals": [{"signal": "customer.anger"}]},
    {"role": "agent", "text": "I'm sorry we let you down.", "context": [{"role": "customer", "text": "It broke"}], "signals": [{"signal": "agent.apology"}]},
]  # fmt: skip


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS * 8)), encoding="utf-8")
    return str(path)


def test_it_prints_a_row_for_each_signal_and_the_means(amity, labels):
    result = amity("bench", "detection", labels, *BUNDLE)
    assert result.exit_code == 0
    assert "customer.anger" in result.stdout
    assert "all signals" in result.stdout
    assert "32 labelled turns." in result.stdout
    assert "VADER" in result.stdout
    assert "TextBlob" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_json_has_every_figure_and_markdown_a_table(amity, labels):
    told = json.loads(amity("bench", "detection", labels, "-o", "json", *BUNDLE).stdout)
    (anger,) = [row for row in told["signals"] if row["signal"] == "customer.anger"]
    assert (anger["labelled"], anger["right"]) == (16, 8)
    assert told["turns"] == 32
    table = amity("bench", "detection", labels, "-o", "markdown", *BUNDLE).stdout
    assert "| customer.anger | 16 | 8 | 1.00 | .50 |" in table


def test_it_lists_what_is_wrong_with_one_signal(amity, labels):
    shown = amity("bench", "detection", labels, "--signal", "customer.anger", *BUNDLE).stdout
    assert shown.count("missed: 'My teapot sings of winter.'") == 8
    wrong = amity("bench", "detection", labels, "--signal", "customer.angre", *BUNDLE)
    assert wrong.exit_code == 2
    assert 'did you mean "customer.anger"?' in wrong.stderr


def test_it_fails_when_detection_became_worse_than_the_baseline_allows(amity, labels, tmp_path):
    baseline = tmp_path / "baseline.json"
    baseline.write_text(amity("bench", "detection", labels, "-o", "json", *BUNDLE).stdout)
    held = amity("bench", "detection", labels, "--baseline", str(baseline), *BUNDLE)
    assert held.exit_code == 0
    worse = amity(
        "bench", "detection", labels, "--baseline", str(baseline), "--min-score", "1", *BUNDLE
    )
    assert worse.exit_code == 1
    assert "worse than its interval allows" in worse.stderr
    baseline.write_text("{}")
    broken = amity("bench", "detection", labels, "--baseline", str(baseline), *BUNDLE)
    assert broken.exit_code == 2
    assert "M104" in broken.stderr


def test_calibrate_writes_a_file_that_loads_and_a_plot(amity, labels, tmp_path):
    out, plot = tmp_path / "more" / "calibration.yaml", tmp_path / "plot.svg"
    out.parent.mkdir()
    result = amity("calibrate", labels, "--out", str(out), "--plot", str(plot), *BUNDLE)
    assert result.exit_code == 0, result.stderr
    assert "before" in result.stdout
    assert "customer.anger" in out.read_text(encoding="utf-8")
    assert ET.fromstring(plot.read_text(encoding="utf-8")).tag.endswith("svg")  # noqa: S314 - our own file
    used = amity("bench", "detection", labels, *BUNDLE, "--policies", str(out.parent))
    assert used.exit_code == 0, used.stderr


def test_calibrate_writes_over_nothing_unless_told(amity, labels, tmp_path):
    out = tmp_path / "calibration.yaml"
    out.write_text("mine")
    refused = amity("calibrate", labels, "--out", str(out), *BUNDLE)
    assert (refused.exit_code, out.read_text()) == (2, "mine")
    assert "M105" in refused.stderr
    nowhere = amity("calibrate", labels, "--out", str(tmp_path / "none" / "x.yaml"), *BUNDLE)
    assert "M106" in nowhere.stderr


def test_fairness_prints_a_row_for_each_group_of_changes(amity, tmp_path):
    conversation = {
        "id": "c",
        "participants": [{"id": "a", "role": "ROLE_CUSTOMER", "displayName": "Ann"}],
        "turns": [{"participantId": "a", "text": "I'm Ann, and the colour is wrong."}],
        "locale": "en",
    }
    path = tmp_path / "talks.jsonl"
    path.write_text(json.dumps(conversation), encoding="utf-8")
    shown = amity("bench", "fairness", str(path), *BUNDLE)
    assert shown.exit_code == 0, shown.stdout
    for group in ("names", "spelling", "register", "typing", "grammar"):
        assert group in shown.stdout
    plain = json.loads(amity("bench", "fairness", str(path), "-o", "json", *BUNDLE).stdout)
    assert plain["groups"][0] == {"group": "names", "tried": 5, "verdicts": 0, "decisions": 0}
