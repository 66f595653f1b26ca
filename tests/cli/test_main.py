"""The command line as a process: quick help, quiet ends, no traceback for a mistake."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from amity.cli.main import COMMANDS, main

CASES = Path(__file__).parent / "cases"
AMITY = [sys.executable, "-m", "amity.cli.main"]
TINY = ["--policies", str(Path(__file__).parent / "bundle")]


def test_help_is_quick_and_imports_no_command():
    code = (
        "import sys, amity.cli.main\n"
        "try: amity.cli.main.main(['--help'])\n"
        "except SystemExit: pass\n"
        "loaded = {'rich', 'grpc', 'yaml', 'amity.judge'} & set(sys.modules)\n"
        "sys.exit(repr(loaded) if loaded else 0)"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - began < 3  # 0.1 s alone; generous, for a machine with much to do
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_the_help_that_the_list_promises(name):
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.help


def test_an_unknown_command_is_told_without_a_traceback(amity):
    result = amity("evalute")
    assert "No such command" in result.stderr
    assert result.exit_code == 2


def test_an_unknown_option_is_bad_input(amity):
    assert amity("evaluate", "--nonsense").exit_code == 2


def test_version_is_that_of_the_distribution(amity):
    assert amity("--version").stdout.startswith("amity ")


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path):
    lines = tmp_path / "many.jsonl"
    quiet = json.dumps(json.loads((CASES / "quiet.json").read_text(encoding="utf-8")))
    lines.write_text(f"{quiet}\n" * 400, encoding="utf-8")
    running = subprocess.Popen(
        [*AMITY, "evaluate", "-o", "json", str(lines), *TINY],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_an_interrupt_ends_it_quietly():
    running = subprocess.Popen(
        [*AMITY, "evaluate", "-", *TINY],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    time.sleep(4)  # until it waits for its input, on a slow machine too
    running.send_signal(signal.SIGINT)
    _, told = running.communicate()
    assert told == b""
    assert running.returncode == 130
