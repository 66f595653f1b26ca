"""docs/privacy.md has every code, every country and a file that loads; the code gives no other code."""

from __future__ import annotations

import re
from pathlib import Path

from amity.privacy.codes import CODES
from amity.privacy.finder import MOST_CHARACTERS, MOST_REGION
from amity.privacy.kinds import ALL_KINDS, COUNTRIES
from amity.privacy.policy import DEFAULT_POLICY, Action, Retention
from amity.privacy.read_policy import parse_privacy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


def given() -> set[str]:
    return {
        code
        for path in (ROOT / "engine" / "amity").rglob("*.py")
        if path.name != "codes.py" and "v1" not in path.parts
        for code in re.findall(r'"(E1\d\d)"', path.read_text(encoding="utf-8"))
    }


def test_every_code_is_described():
    assert re.findall(r"^\| (E1\d\d) \| (.*) \|$", PAGE, re.MULTILINE) == list(CODES.items())


def test_every_code_is_given_somewhere_and_no_other():
    assert given() == set(CODES)


def test_every_code_has_a_test():
    tests = "".join(
        path.read_text(encoding="utf-8")
        for path in Path(__file__).parent.glob("test_*.py")
        if path != Path(__file__)
    )
    assert not {code for code in CODES if code not in tests}


def test_the_file_on_the_page_loads_and_is_the_default_where_it_says_so():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    policy = parse_privacy(text)
    assert policy.people == DEFAULT_POLICY.people
    assert policy.customer_id == DEFAULT_POLICY.customer_id
    assert policy.recognise.phone_regions == DEFAULT_POLICY.recognise.phone_regions
    assert policy.recognise.countries == DEFAULT_POLICY.recognise.countries
    assert policy.recognise.names == DEFAULT_POLICY.recognise.names
    assert (policy.text, policy.conversation_id) == (
        DEFAULT_POLICY.text,
        DEFAULT_POLICY.conversation_id,
    )
    assert DEFAULT_POLICY.retention == Retention()
    assert not DEFAULT_POLICY.recognise.leave_out
    assert not DEFAULT_POLICY.recognise.long_digits


def test_actions_countries_and_limits_are_those_of_the_code():
    assert re.findall(r"^\| `(\w+)` \| (?:it|personal|a text|`h:`)", PAGE, re.MULTILINE) == list(
        Action
    )
    assert ": " + ", ".join(COUNTRIES) + " |" in PAGE
    assert f"{MOST_REGION} characters" in PAGE
    assert f"{MOST_CHARACTERS:,} characters" in PAGE


def test_every_kind_is_on_the_page_or_named_for_its_country():
    for kind in ALL_KINDS:
        assert f"`{kind}`" in PAGE or kind.partition("_")[0].lower() in COUNTRIES, kind
