"""Labelled turns are read as they are meant, and every line that is wrong is told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from amity.conversation import Role
from amity.measuring.labels import BadLabels, read_labels
from amity.signals import builtin_catalogue

GOOD = {
    "role": "agent",
    "text": "I'm sorry. I'll ring you.",
    "context": [{"role": "customer", "text": "It broke"}],
    "signals": [{"signal": "agent.apology", "quote": "I'm sorry"}, {"signal": "agent.commitment"}],
    "arguable": ["agent.ownership"],
}


def read(path: Path, *rows: object, packed: bool = False):
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    return read_labels(path, builtin_catalogue())


@pytest.mark.parametrize("packed", [False, True])
def test_a_turn_is_read_with_its_context_and_the_places_of_its_quotes(tmp_path, packed):
    (turn,) = read(tmp_path / "labels", GOOD, packed=packed)
    assert (turn.role, turn.index, turn.text) == (Role.AGENT, 1, GOOD["text"])
    assert dict(turn.present) == {"agent.apology": ((0, 9),), "agent.commitment": ()}


def test_what_readers_differ_about_and_what_others_say_is_not_judged(tmp_path):
    (turn,) = read(tmp_path / "labels", GOOD)
    assert turn.counts("agent.apology")
    assert not turn.counts("agent.ownership")
    assert not turn.counts("customer.anger")


def test_only_what_was_looked_for_is_judged(tmp_path):
    (turn,) = read(
        tmp_path / "labels", {**GOOD, "only": ["agent.apology", "agent.acknowledgement"]}
    )
    assert turn.counts("agent.apology")
    assert turn.counts("agent.acknowledgement")
    assert not turn.counts("agent.commitment")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "Expecting"),
        ("[]", "not a JSON object"),
        ({**GOOD, "role": "waiter"}, "waiter"),
        ({**GOOD, "signals": [{"signal": "agent.apologie"}]}, 'did you mean "agent.apology"?'),
        (
            {**GOOD, "signals": [{"signal": "agent.apology", "quote": "so sorry"}]},
            "not in the text",
        ),
        ({"role": "agent", "text": "hello"}, '"signals" is missing'),
        ({**GOOD, "context": [{"role": "customer", "text": 7}]}, "not text"),
    ],
)
def test_a_line_that_is_wrong_is_told_with_its_number(tmp_path, row, said):
    with pytest.raises(BadLabels) as told:
        read(tmp_path / "labels", GOOD, row)
    (problem,) = told.value.problems
    assert (problem.code, problem.line) == ("M102", 2)
    assert said in problem.message


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x1f\x8bnot gzip"])
def test_a_file_that_is_no_text_is_told(tmp_path, content):
    (tmp_path / "labels").write_bytes(content)
    with pytest.raises(BadLabels) as told:
        read_labels(tmp_path / "labels", builtin_catalogue())
    assert told.value.problems[0].code == "M101"


def test_a_missing_and_an_empty_file_are_told(tmp_path):
    with pytest.raises(BadLabels, match="cannot be read"):
        read_labels(tmp_path / "none", builtin_catalogue())
    with pytest.raises(BadLabels) as told:
        read(tmp_path / "labels", "")
    assert told.value.problems[0].code == "M103"
