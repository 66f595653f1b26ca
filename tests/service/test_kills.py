"""A server that is killed under load loses nothing that it acknowledged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/crash_server.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed():
    done = run_tool("--rounds", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 lost, 0 flaws" in done.stdout.splitlines()[-1]


def test_the_harness_sees_loss_where_replies_go_ahead_of_the_log():
    done = run_tool("--rounds", "4", "--control")
    assert done.returncode == 0, done.stdout + done.stderr
