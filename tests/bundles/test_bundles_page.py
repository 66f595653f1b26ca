"""docs/bundles.md has every code, and the code gives no other."""

from __future__ import annotations

import re
from pathlib import Path

from amity.bundles.codes import CODES
from amity.bundles.tar import MOST_BYTES, MOST_FILES, MOST_PACKED_BYTES
from amity.source import MAX_BYTES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bundles.md").read_text(encoding="utf-8")


def given() -> set[str]:
    found = set()
    for path in (ROOT / "engine" / "amity").rglob("*.py"):
        if path.name != "codes.py" and "v1" not in path.parts:
            found.update(re.findall(r'"([BS]2\d\d)"', path.read_text(encoding="utf-8")))
    return found


def test_every_code_is_described():
    assert re.findall(r"^\| ([BS]2\d\d) \| (.*) \|$", PAGE, re.MULTILINE) == list(CODES.items())


def test_every_code_is_given_somewhere_and_no_other():
    assert given() == set(CODES)


def test_every_code_has_a_test():
    tests = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("bundles", "service", "cli")
        for path in (ROOT / "tests" / folder).glob("test_*.py")
    )
    missing = {code for code in CODES if code not in tests.replace("B21[45]", "")}
    assert not missing


def test_the_limits_are_those_of_the_code():
    for limit in (MOST_FILES, MAX_BYTES, MOST_BYTES, MOST_PACKED_BYTES):
        assert f"{limit:,} " in PAGE
