"""docs/decisions.md says what the code does, and its examples run."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest
from tests.log.logkit import PlainForms

import amity
from amity.judge import open_judge
from amity.log.log import open_log
from amity.service.server import running_server
from amity.service.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "decisions.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
LINES = [shlex.split(line) for line in re.findall(r"^\$ amity (log .*)$", PAGE, re.MULTILINE)]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the log that the example in Python leaves; gives what that printed too."""
    folder = tmp_path_factory.mktemp("decisions")
    said = io.StringIO()
    [example] = EXAMPLE
    with open_log(folder / "decisions.db", PlainForms()) as log:
        settings = Settings(port=0, drain_wait_s=0.0, log_level="error")
        with running_server(open_judge(), settings, io.StringIO(), decision_log=log) as address:
            code = compile(example.replace("127.0.0.1:50051", address), "docs/decisions.md", "exec")
            exec(code, {"print": lambda *told: print(*told, file=said)})  # noqa: S102 - our own
    return folder, said.getvalue()


def test_the_python_example_runs(place):
    _, said = place
    assert said.startswith("record 1\n")
    assert said.endswith("\n1\n")


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_the_commands_run(place, words, amity, monkeypatch):
    monkeypatch.chdir(place[0])
    done = amity(*words)
    assert done.exit_code < 2, done.output


def test_every_code_of_a_replay_is_described():
    told = set(re.findall(r"^\| (R1\d\d) \|", PAGE, re.MULTILINE))
    given = set()
    for path in Path(amity.__file__).parent.rglob("*.py"):
        given.update(re.findall(r'"(R1\d\d)"', path.read_text(encoding="utf-8")))
    assert given == told
