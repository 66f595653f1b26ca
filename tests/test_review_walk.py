"""docs/review.md, done as a new user would: every command in order, with what it prints."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(shell|python)\n(.*?)```", re.DOTALL)


class Walk:
    """A shell in a folder of its own, where `amity` and `python` are ours."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, str(port)
        self.servers: list[subprocess.Popen[str]] = []
        self.printed: list[str] = []
        tools = folder.parent / "bin"
        tools.mkdir()
        for name, module in (("amity", "-m amity.cli.main"), ("python", "")):
            script = tools / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
            script.chmod(0o755)
        self.env = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "80",
        }

    def run(self, command: str) -> str:
        command = command.replace("50061", self.port)
        if command.endswith("&"):
            server = subprocess.Popen(  # noqa: S602 - the page is for a shell
                f"exec {command[:-1]}",
                shell=True,
                cwd=self.folder,
                env=self.env,
                text=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            self.servers.append(server)
            return server.stderr.readline()
        done = subprocess.run(  # noqa: S602 - the page is for a shell
            command,
            shell=True,
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert done.returncode < 2, done.stderr
        self.printed.append(done.stdout)
        return done.stdout

    def stop(self) -> None:
        for server in self.servers:
            server.send_signal(signal.SIGTERM)
            server.communicate()


@pytest.fixture
def walk(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copytree(ROOT / "policies", folder / "policies")
    made = Walk(folder, port)
    yield made
    made.stop()


def steps(text):
    """Each command of a block with the lines that it must print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected.splitlines()


def check(command, expected, printed, port):
    """Each line that is shown must be printed, in this order; … is anything."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in expected
    ).replace("50061", port)
    shown = f"{command}\n{printed}"
    assert re.fullmatch(pattern, printed if printed.endswith("\n") else printed + "\n") or (
        not expected and not printed
    ), shown


@pytest.mark.skipif(os.name != "posix", reason="the walk is in a POSIX shell")
def test_the_walk_goes_as_the_page_tells(walk):
    for kind, text in BLOCK.findall(PAGE):
        if kind == "python":
            (walk.folder / "decide.py").write_text(text.replace("50061", walk.port))
            continue
        for command, expected in steps(text):
            check(command, expected, walk.run(command), walk.port)
    decisions = [line for text in walk.printed for line in text.splitlines() if "judged" in line]
    first, refused, last = decisions
    assert first == refused
    assert last.split()[2] != first.split()[2]
    digest = next(
        line
        for line in walk.run("amity verify live.tar.gz --trusted kim.pub").splitlines()
        if line.startswith("sha256:")
    )
    assert digest.startswith(last.split()[2])
