"""Every code of the log is in its table and in the documents, and no other is given."""

from __future__ import annotations

import re
from pathlib import Path

from amity.log.codes import CODES

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_log_tells_every_code():
    page = (ROOT / "docs" / "log.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (G\d{3}) \| (.+) \|$", page, re.MULTILINE)
    assert told == sorted(CODES.items())


def test_every_code_that_is_given_is_in_the_table():
    files = [
        *(ROOT / "engine" / "amity" / "log").rglob("*.py"),
        *(ROOT / "engine").rglob("log_*.py"),
    ]
    given = {
        code
        for file in files
        if file.name != "codes.py"
        for code in re.findall(r'"(G\d{3})"', file.read_text(encoding="utf-8"))
    }
    assert given == set(CODES)
