"""Results of cases as JUnit XML, which build servers read.

No durations are in it: the same policies give the same file.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rich.console import Console

from amity.cli.case_report import divergence_lines, print_failure, words

if TYPE_CHECKING:
    from amity.case_runs import CaseRun
    from amity.cli.cases import Outcomes
    from amity.judge import Judge

__all__ = ["error_xml", "results_xml"]

_WIDTH = 100
# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def results_xml(outcomes: Outcomes) -> bytes:
    """A suite for each policy, with a test for each case; too little coverage is a failure too."""
    root = Element("testsuites", name="amity test")
    by_policy: dict[str, list[CaseRun]] = {}
    for run in outcomes.runs:
        by_policy.setdefault(run.policy, []).append(run)
    for policy, runs in by_policy.items():
        suite = _suite(root, policy, tests=len(runs), failures=sum(not run.passed for run in runs))
        for run in runs:
            _case(suite, run, outcomes.judge)
    if outcomes.least is not None:
        suite = _suite(root, "coverage", tests=1, failures=int(outcomes.is_too_little))
        case = SubElement(suite, "testcase", classname="coverage", name="cases cover enough")
        if outcomes.is_too_little:
            message = f"{outcomes.percent:.1f}% of the outcomes; {outcomes.least:g}% is asked for"
            SubElement(case, "failure", message=message, type="coverage").text = _gaps(outcomes)
    return _finished(root)


def error_xml(text: str) -> bytes:
    """A suite that says that no case could be run, and why."""
    root = Element("testsuites", name="amity test")
    suite = _suite(root, "policies", tests=1, failures=0, errors=1)
    case = SubElement(suite, "testcase", classname="policies", name="the policies load")
    first, _, _ = text.partition("\n")
    SubElement(case, "error", message=visible(first), type="problems").text = visible(text)
    return _finished(root)


def visible(text: str) -> str:
    r"""*text* with what XML cannot hold written out.

    >>> visible("a\x1bb")
    'a\\x1bb'
    """
    return _FORBIDDEN.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def _suite(root: Element, name: str, *, tests: int, failures: int, errors: int = 0) -> Element:
    counts = {"tests": str(tests), "failures": str(failures), "errors": str(errors)}
    return SubElement(root, "testsuite", {"name": name, **counts, "skipped": "0"})


def _case(suite: Element, run: CaseRun, judge: Judge) -> None:
    place = run.case.place
    names = {"classname": run.policy, "name": visible(run.case.name)}
    case = SubElement(
        suite, "testcase", {**names, "file": visible(place.file), "line": str(place.line)}
    )
    if run.difference is None:
        return
    expected, got = words(run.difference.expected), words(run.difference.got)
    message = visible(f"{run.difference.rule}: expected {expected}, got {got}")
    failure = SubElement(case, "failure", message=message, type="difference")
    failure.text = visible("\n".join((*divergence_lines(run), "", _timeline(run, judge))))


def _timeline(run: CaseRun, judge: Judge) -> str:
    file = io.StringIO()
    console = Console(file=file, width=_WIDTH, no_color=True, highlight=False, markup=False)
    print_failure(run, judge, console)
    return file.getvalue()


def _gaps(outcomes: Outcomes) -> str:
    missing = (row for row in outcomes.rows if row.missing)
    return "\n".join(f"{row.policy}/{row.rule}: {words(row.missing)}" for row in missing)


def _finished(root: Element) -> bytes:
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
