"""A process of its own that checks policies, so that the server goes on answering meanwhile.

Run as ``python -m amity.service.worker`` it reads one request and writes one report; see ``check``.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from amity.bundles.contents import BundleFile, Contents
from amity.cues.frozen import freeze, thaw
from amity.cues.kept import CompiledCues, KeptCues
from amity.errors import AmityError, Problem
from amity.plugins.host import PluginHost, PluginSelection, load_plugins, usable
from amity.service.checking import checked

__all__ = ["Report", "Worker", "selection_of"]

NICE = 5
MOST_TOLD = 2_000


@dataclass(frozen=True, slots=True)
class Report:
    """What the worker found. ``frozen`` holds the compiled cues if there are no problems."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    policies: int = 0
    rules: int = 0
    phrasings: int = 0
    cases: int = 0
    frozen: bytes = b""

    @property
    def cues(self) -> CompiledCues:
        """The compiled cues, built here from what the worker sent."""
        return CompiledCues(thaw(self.frozen), self.phrasings)


class Worker:
    """Checks policies in a new process each time, which *timeout_s* ends.

    *memory_mb* is what it may take, where the system can say so to a process; 0 for no bound.
    """

    def __init__(self, timeout_s: float, memory_mb: int = 0) -> None:
        self._timeout_s, self._memory_mb = timeout_s, memory_mb
        self._running: set[subprocess.Popen[bytes]] = set()

    def check(self, parts: Sequence[Contents], host: PluginHost) -> Report:
        """Load and lint *parts* with the plugins that *host* has, and run their cases. Blocks."""
        path = os.pathsep.join(filter(None, sys.path))
        with subprocess.Popen(  # noqa: S603 - this very interpreter and module
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        ) as process:
            self._running.add(process)
            try:
                answer, told = process.communicate(
                    _request(parts, host, self._memory_mb), self._timeout_s
                )
            except subprocess.TimeoutExpired:
                message = f"checking them took longer than {self._timeout_s:g} seconds"
                fix = "make the policies smaller, or allow more with --check-timeout"
                return Report((Problem("B243", message, fix=fix),))
            finally:
                process.kill()
                self._running.discard(process)
        return _report(process.returncode, answer, told)

    def stop(self) -> None:
        """End what runs."""
        for process in tuple(self._running):
            process.kill()


def selection_of(host: PluginHost) -> PluginSelection:
    """What loads exactly the plugins that *host* has loaded."""
    enabled = tuple(record.name for record in usable(host.records))
    others = tuple(record.name for record in host.records if record.name not in enabled)
    return PluginSelection(enabled, others)


def _request(parts: Iterable[Contents], host: PluginHost, memory_mb: int) -> bytes:
    content = {
        "parts": [[part.source, [[file.name, file.text] for file in part.files]] for part in parts],
        "plugins": asdict(selection_of(host)),
        "memory_mb": memory_mb,
    }
    return json.dumps(content).encode()


def _report(code: int, answer: bytes, told: bytes) -> Report:
    head, _, frozen = answer.partition(b"\n")
    with suppress(ValueError, TypeError):
        content: dict[str, Any] = json.loads(head)
        problems, warnings = (
            tuple(Problem(**problem) for problem in content.pop(name))
            for name in ("problems", "warnings")
        )
        return Report(problems, warnings, frozen=frozen, **content)
    last = told.decode(errors="replace").strip().rpartition("\n")[2][-MOST_TOLD:]
    message = (
        f"the worker that checks them ended with exit code {code}: {last or 'it said nothing'}"
    )
    return Report((Problem("B242", message, fix="report it, with the policies if you may"),))


def main(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer the one request in *requests*."""
    with suppress(OSError, AttributeError):
        os.nice(NICE)
    content = json.loads(requests.read())
    parts = [
        Contents(tuple(BundleFile(*file) for file in files), source)
        for source, files in content["parts"]
    ]
    _bound(content["memory_mb"])
    try:
        report = _checked(parts, PluginSelection(**_tuples(content["plugins"])))
    except MemoryError:
        message = f"checking them took more than {content['memory_mb']:,} megabytes"
        fix = "make the policies smaller, or allow more with --check-memory"
        report = Report((Problem("B247", message, fix=fix),))
    head = asdict(report)
    frozen = head.pop("frozen")
    answers.write(json.dumps(head).encode() + b"\n" + frozen)
    answers.flush()


def _bound(memory_mb: int) -> None:
    """Let this process take no more memory than that, where there is such a bound."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every platform

        if memory_mb:
            most = memory_mb * 1_000_000
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _tuples(content: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(value) for key, value in content.items()}


def _checked(parts: Sequence[Contents], selection: PluginSelection) -> Report:
    try:
        host = load_plugins(selection)
        found = checked(parts, host, kept=KeptCues.default())
    except AmityError as error:
        return Report(error.problems or (Problem("B242", error.summary),))
    if found.judge is None:
        return Report(found.problems, found.warnings)
    wanted = set(selection.enabled)
    fallen = [
        Problem("B241", record.problem.message, fix=record.problem.fix)
        for record in host.records
        if record.problem and record.name in wanted
    ]
    bundle = found.judge.bundle
    problems = (*found.problems, *fallen)
    return Report(
        problems,
        found.warnings,
        policies=len(bundle.policies),
        rules=bundle.rules,
        phrasings=bundle.cues,
        cases=bundle.cases,
        frozen=b"" if problems else freeze(bundle.matcher),
    )


def _run() -> None:
    # What is made here lives until the process ends, so that looking for garbage is a third of the time.
    gc.disable()
    # Whatever plugins print must not come between the report's bytes.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    main(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _run()
