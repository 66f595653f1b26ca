"""README.md's "Keep and prove decisions", done as a new user would: every command, in order."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Keep and prove decisions\n")[2].partition("\n## ")[0]
BLOCK = re.compile(r"```(sh|python)\n(.*?)```", re.DOTALL)


class Shell:
    """A shell in a folder of its own, where `amity` is ours and the server has a port of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.folder, self.printed = folder, {}
        self.server: subprocess.Popen[str] | None = None
        tool = folder / "amity"
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m amity.cli.main "$@"\n')
        tool.chmod(0o755)
        path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        self.env = {**os.environ, "PATH": path, "COLUMNS": "80"}

    def run(self, command: str) -> None:
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            self.env[name] = self._output(f"echo {value}").strip()
        elif command.startswith("amity serve"):
            self._serve(f"exec {command} --port {self.port}")
        else:
            self.printed[command] = [*self.printed.get(command, []), self._output(command)]

    def python(self, text: str) -> str:
        program = self.folder / "example.py"
        program.write_text(text.replace("50051", self.port))
        return self._output(f'"{sys.executable}" example.py')

    def _output(self, command: str) -> str:
        done = subprocess.run(  # noqa: S602 - the page is for a shell
            command,
            shell=True,
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def _serve(self, command: str) -> None:
        self.server = subprocess.Popen(  # noqa: S602 - the page is for a shell
            command,
            shell=True,
            cwd=self.folder,
            env=self.env,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert "ready" in self.server.stderr.readline()

    def stop(self) -> None:
        if self.server:
            self.server.send_signal(signal.SIGTERM)
            self.server.communicate(timeout=30)

    def until_anchored(self) -> None:
        end = time.monotonic() + 30
        while not (self.folder / "heads.jsonl").read_text():
            assert time.monotonic() < end, "nothing was anchored"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """All of the section, done."""
    shell = Shell(tmp_path_factory.mktemp("readme"))
    try:
        for kind, text in BLOCK.findall(SECTION):
            if kind == "python":
                shell.printed["python"] = [shell.python(text)]
                shell.until_anchored()
            else:
                for command in text.strip().splitlines():
                    shell.run(command)
        yield shell
    finally:
        shell.stop()


def told(shell: Shell, start: str, time: int = 0) -> str:
    """What the command that starts so printed, the first time or a later one."""
    said = [each for command, each in shell.printed.items() if command.startswith(start)]
    return said[0][time]


def test_the_decision_is_kept_and_listed_with_what_was_missed(shell):
    assert told(shell, "python") == "record 1\n"
    listed = told(shell, "amity log list")
    assert "example-2" in listed
    assert re.search(r"INTERVENE +\d+% +\d+", listed), "the last column fell off"


def test_it_is_shown_redacted_with_what_people_answered(shell):
    shown = told(shell, "amity log show")
    assert "[EMAIL_1]" in shown
    for words in ("Dana", "Priya", "example.com"):
        assert words not in shown
    assert "overturned, should have been shown" in shown
    assert "csat 2" in shown


def test_it_is_replayed_and_proved(shell):
    assert told(shell, "amity log replay") == "1 decision: 1 same\n"
    proof = told(shell, "amity log verify")
    assert "are as they were written" in proof
    assert "signed by trusted keys" in proof


def test_it_is_counted(shell):
    assert "1 finished conversation" in told(shell, "amity report --log decisions.db --team")
    assert "<html" in (shell.folder / "customer.html").read_text()


def test_the_customer_is_forgotten_and_the_log_still_proves(shell):
    assert told(shell, "amity log erase").startswith("erased 1 record")
    proof = told(shell, "amity log verify", 1)
    assert "are as they were written" in proof
    assert "1 of them lack a form that was dropped by order" in proof
