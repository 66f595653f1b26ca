"""Every code is documented, and its examples show it: the bad one gives that code and no other."""

from __future__ import annotations

import os
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from amity.errors import BadBundle
from amity.policy.bundle import load_contents, read_source
from amity.policy.lint.codes import CHECKS, ENTRIES
from amity.policy.lint.entry import Example, Level
from amity.policy.lint.linting import findings, read_files, subject_of
from amity.policy.lint.subject import Surroundings
from amity.signals import Catalogue, Kind, SignalDefinition, builtin_catalogue
from amity.source import Problems

ROOT = Path(__file__).parents[3]
ENGINE = ROOT / "engine" / "amity"
SOURCES = [ENGINE / "source.py", ENGINE / "fields.py", ENGINE / "cues", ENGINE / "policy"]

# A plugin that is refused when it is loaded; lint must not rely on that.
CATALOGUE = Catalogue(
    [*builtin_catalogue(), SignalDefinition("agent.irritation", Kind.EMOTION, "Is annoyed.")]
)
NAMES = frozenset(CATALOGUE.names())
AROUND = Surroundings(
    actions=frozenset({"coach", "notify-supervisor", "follow-up-task"}),
    detectable=NAMES - {"agent.loyalty_recognition"},
    highest_scores=dict.fromkeys(NAMES, 0.95),
    lowest_scores=dict.fromkeys(NAMES, 0.45),
)


def write(folder: Path, name: str, data: bytes) -> None:
    """Write a file step by step, for its path may be longer than the system takes at once."""
    *parents, last = name.split("/")
    inside = os.open(folder, os.O_RDONLY)
    for parent in parents:
        with suppress(FileExistsError):
            os.mkdir(parent, dir_fd=inside)
        outside, inside = inside, os.open(parent, os.O_RDONLY, dir_fd=inside)
        os.close(outside)
    with open(os.open(last, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=inside), "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(data)
    os.close(inside)


def codes(example: Example, folder: Path) -> list[str]:
    if ".." in example.files:
        folder = folder / "missing"
    for name, text in example.files.items() if folder.is_dir() else ():
        write(folder, name, text if isinstance(text, bytes) else text.encode())
    problems = Problems()
    part = read_source(folder, problems)
    try:
        load_contents([part], CATALOGUE, actions=AROUND.actions, found=problems)
    except BadBundle as error:
        problems = Problems(error.problems)
    found = findings(subject_of(read_files(part), CATALOGUE, AROUND), problems)
    assert all(problem.fix and problem.message for problem in found)
    return [problem.code for problem in found]


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.code)
def test_the_bad_example_gives_that_code_and_no_other(entry, tmp_path):
    assert set(codes(entry.bad, tmp_path)) == {entry.code}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=lambda entry: entry.code)
def test_the_good_example_gives_no_code_at_all(entry, tmp_path):
    assert codes(entry.good, tmp_path) == []


def test_every_code_in_the_sources_is_documented():
    paths = [path for source in SOURCES for path in [source, *source.rglob("*.py")]]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.is_file()]
    used = {code for text in texts for code in re.findall(r'"([A-Z][0-9]{3})"', text)}
    assert used == set(ENTRIES)


def test_no_code_is_given_twice():
    counted = Counter(check.code for check in CHECKS)
    assert max(counted.values()) == 1


def test_every_entry_is_written_in_sentences():
    for entry in ENTRIES.values():
        assert entry.what.endswith("."), entry.code
        assert entry.why.endswith((".", '"')), entry.code
        assert not entry.title.endswith("."), entry.code
        assert (
            entry.title[0].islower()
            or not entry.title[0].isalpha()
            or entry.title.startswith("YAML")
        ), entry.code


def test_lint_adds_more_than_thirty_codes_to_those_of_the_loader():
    own = [entry for entry in ENTRIES.values() if entry.level is not Level.REFUSED]
    assert len(own) >= 30
