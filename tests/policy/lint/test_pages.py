"""docs/lint.md is made of the classes and tables: what a code says stands in one place."""

from __future__ import annotations

from pathlib import Path

import pytest

from amity.policy.lint.codes import ENTRIES
from amity.policy.lint.pages import CONTENTS, FAMILIES, page

PAGE = Path(__file__).parents[3] / "docs" / "lint.md"


def test_the_page_is_what_the_classes_say(request):
    written = PAGE.read_text(encoding="utf-8")
    introduction = written.partition(CONTENTS)[0].rstrip("\n") + "\n"
    made = page(introduction)
    if request.config.getoption("--bless"):
        PAGE.write_text(made, encoding="utf-8")
    else:
        assert written == made


@pytest.mark.parametrize("code", ENTRIES)
def test_each_code_belongs_to_one_family(code):
    assert [prefix for prefix in FAMILIES if code.startswith(prefix)]
