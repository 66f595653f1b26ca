"""A server of its own process whose judge takes its time: `slow_server.py SECONDS_EACH GRACE_S`.

Prints the address, and "judging" when the first conversation comes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from amity.judge import Judge, open_judge
from amity.service.server import serve
from amity.service.settings import Settings


class SlowJudge(Judge):
    """Judges like any other, later."""

    began = False

    def decide(self, conversation, detection, *, is_open=False):
        if not self.began:
            self.began = True
            tell("judging")
        time.sleep(float(sys.argv[1]))
        return super().decide(conversation, detection, is_open=is_open)


def tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    judge = open_judge([Path(__file__).parent / "bundle"])
    slow = SlowJudge(judge.host, judge.bundle)
    settings = Settings(port=0, drain_wait_s=0.3, grace_s=float(sys.argv[2]))
    serve(slow, settings, tell, sys.stderr)
