"""`amity diff`: what it prints, and its exit codes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "tiny"
PAGE = ROOT / "docs" / "changing.md"
OUTPUT = re.compile(r"(<!-- output: ([^\n]+) -->\n```text\n)(.*?)(```)", re.DOTALL)


@pytest.fixture
def edited(tmp_path: Path):
    """A copy of the tiny bundle with texts replaced."""

    def make(*pairs: tuple[str, str], file: str = "policy.yaml") -> str:
        folder = tmp_path / "new"
        shutil.copytree(TINY, folder, dirs_exist_ok=True)
        text = (folder / file).read_text(encoding="utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / file).write_text(text, encoding="utf-8")
        return str(folder)

    return make


def test_the_page_shows_what_is_printed(amity, monkeypatch, request):
    monkeypatch.chdir(ROOT)
    page = PAGE.read_text(encoding="utf-8")
    [found] = OUTPUT.finditer(page)
    printed = amity(*shlex.split(found[2])[1:]).stdout
    if request.config.getoption("--bless"):
        PAGE.write_text(page[: found.start(3)] + printed + page[found.end(3) :], encoding="utf-8")
    else:
        assert found[3] == printed


def test_no_difference_is_0(amity):
    result = amity("diff", str(TINY), str(TINY))
    assert (result.exit_code, result.stdout) == (0, "No difference: the digests are the same.\n")


def test_a_comment_is_no_difference(amity, edited):
    result = amity("diff", str(TINY), edited(("rules:", "# The rules.\nrules:")))
    assert result.exit_code == 0
    assert "comments or layout" in result.stdout


def test_wording_is_a_difference_that_judges_as_before(amity, edited):
    result = amity("diff", str(TINY), edited(("Courtesy is", "Courtesy is always")))
    assert result.exit_code == 1
    assert "thanks-are-noticed  judges as before; wording only" in result.stdout


def test_a_changed_cue_is_told_without_a_witness(amity, edited):
    new = edited(("(furious|outrageous)", "(furious|outraged|outrageous)"), file="cues.yaml")
    result = amity("diff", str(TINY), new)
    assert result.exit_code == 1
    assert "+ customer.anger [en]: cue “(furious|outraged|outrageous)” added" in result.stdout
    assert "What is detected may differ" in result.stdout


def test_a_when_is_shown_by_facts(amity, edited):
    result = amity("diff", str(TINY), edited(("== 'gold'", "in ['gold', 'silver']")))
    assert "gold-is-known  only tightens" in result.stdout
    assert "attributes.tier = silver: does not apply → applies" in result.stdout


def test_what_follows_from_a_weight_is_shown_with_both_scores(amity, edited):
    result = amity("diff", str(TINY), edited(("weight: 3", "weight: 1")))
    assert "anger-is-heard  judges as before; counts differently in the score" in result.stdout
    assert "weight: the smallest timeline on which the decision differs:" in result.stdout
    assert "the score of tiny: " in result.stdout


def test_what_follows_from_other_actions_is_shown(amity, edited):
    result = amity("diff", str(TINY), edited(("actions: [coach]", "actions: [follow-up-task]")))
    assert "the actions proposed for anger-is-heard: coach → follow-up-task" in result.stdout


def test_of_a_long_text_the_place_is_shown_where_it_parts(amity, edited):
    long = "Say what you heard, in your own words, and about this person, before you fix it"
    old = edited(("Say that you are sorry for what happened.", f"{long} now."))
    before = Path(old).rename(Path(old).with_name("before"))
    new = edited(("Say that you are sorry for what happened.", f"{long} at once."))
    result = amity("diff", str(before), new)
    [line] = [line for line in result.stdout.splitlines() if "the advice for" in line]
    assert "now.”" in line
    assert "at once.”" in line


def test_json_has_what_follows(amity, edited):
    result = amity("diff", str(TINY), edited(("weight: 3", "weight: 1")), "-o", "json")
    [rule] = json.loads(result.stdout)["policies"][0]["rules"]
    [one] = rule["consequences"]
    assert one["key"] == "weight"
    assert one["isSmallest"]
    assert one["differences"][0]["what"] == "the score of tiny"
    assert one["turns"]


def test_a_direction_is_claimed_no_further_than_was_searched(amity, edited):
    lower = edited(("given: customer.anger", "given: {signal: customer.anger, min_score: 0.7}"))
    assert "only loosens, as far as was searched" in amity("diff", str(TINY), lower).stdout


def test_none_found_says_how_far_it_looked(amity, edited):
    limits = ("--max-turns", "2", "--budget", "100")
    new = edited(("within: 1 agent turn", "within: 2 agent turns"))
    result = amity("diff", str(TINY), new, *limits)
    assert "no difference found that can be decided" in result.stdout
    assert "none found up to 2 turns (48 timelines tried: all that matter)" in result.stdout
    assert "equivalent" not in result.stdout


def test_json_has_every_witness_turn_by_turn(amity, edited):
    new = edited(("within: 1 agent turn", "within: 60 seconds"))
    result = amity("diff", str(TINY), new, "-o", "json", "--budget", "500")
    [rule] = json.loads(result.stdout)["policies"][0]["rules"]
    assert rule["effect"] == "tightens and loosens"
    tightens = rule["witnesses"][0]
    assert tightens["isSmallest"]
    assert [turn["seconds"] for turn in tightens["turns"]] == [0, 61]
    assert [tightens["outcomes"][0][side]["state"] for side in ("before", "after")] == [
        "shown",
        "missed",
    ]


def test_bad_input_is_2_with_every_problem(amity, edited, tmp_path):
    assert amity("diff", str(TINY), str(tmp_path / "nowhere")).exit_code == 2
    new = edited(
        ("given: customer.anger", "given: customer.angre"), ("severity: major", "severity: bad")
    )
    result = amity("diff", str(TINY), new)
    assert result.exit_code == 2
    assert "V104" in result.stderr
    assert "V114" in result.stderr or "Y114" in result.stderr


def test_a_bad_cue_pack_is_2(amity, edited):
    new = edited(("customer.anger:", "customer.angre:"), file="cues.yaml")
    result = amity("diff", str(TINY), new)
    assert result.exit_code == 2
    assert "cues.yaml:6" in result.stderr
