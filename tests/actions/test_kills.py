"""Workers that are killed at random moments lose nothing; a longer run is `tools/outbox_soak.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).parents[2] / "tools" / "outbox_soak.py"


def soak(*options: str) -> dict[str, int]:
    command = [sys.executable, str(SOAK), "--messages", "60", "--kills", "2", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    counted = json.loads(done.stdout)
    assert done.returncode == (1 if counted["lost"] else 0)
    return counted


def test_workers_that_are_killed_lose_nothing():
    counted = soak()
    assert (counted["messages"], counted["lost"], counted["badly_signed"]) == (60, 0, 0)


def test_the_same_harness_sees_what_workers_lose_that_mark_before_they_send():
    assert soak("--control")["lost"] > 0
