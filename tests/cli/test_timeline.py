"""The timeline in many widths and terminals, compared with expected files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.stem for path in CASES.glob("*.json"))
LAYOUTS = {
    "80": {"COLUMNS": "80"},
    "120": {"COLUMNS": "120"},
    "colour": {"COLUMNS": "80", "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": ""},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", NAMES)
def test_timeline_looks_as_expected(name, layout, judged, expect):
    result = judged(str(CASES / f"{name}.json"), **LAYOUTS[layout])
    assert result.stderr == ""
    expect(CASES / f"{name}.{layout}.txt", result.stdout)


def test_a_narrow_terminal_gets_narrow_lines(judged, expect):
    result = judged(str(CASES / "mixed.json"), COLUMNS="40")
    assert max(map(len, result.stdout.splitlines())) <= 40
    expect(CASES / "mixed.40.txt", result.stdout)


def test_a_terminal_without_colour_gets_marks_beneath(judged):
    result = judged(
        str(CASES / "mixed.json"), FORCE_COLOR="1", NO_COLOR="1", TERM="xterm", COLUMNS="80"
    )
    assert "xxxxxxxxx" in result.stdout
    assert "\x1b[3" not in result.stdout


def test_a_terminal_without_unicode_gets_ascii_signs(expect):
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "80"}
    command = [sys.executable, "-m", "amity.cli.main", "evaluate", str(CASES / "odd-text.json")]
    done = subprocess.run(
        [*command, "--policies", str(CASES.parent / "bundle"), "--no-plugin", "amity_sentences"],
        env=env,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    expect(CASES / "odd-text.ascii.txt", done.stdout.decode("ascii"))


def test_a_message_cannot_smuggle_terminal_codes(judged):
    result = judged(str(CASES / "odd-text.json"))
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout


def test_a_picture_holds_the_words_and_loads_nothing(judged, tmp_path):
    picture = tmp_path / "timeline.svg"
    judged(str(CASES / "mixed.json"), "--svg", str(picture))
    drawn = picture.read_text(encoding="utf-8")
    assert "dismissal" in drawn
    assert "url(http" not in drawn
