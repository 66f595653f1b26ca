"""Findings as SARIF 2.1.0, which code hosts and editors show beside the lines that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from urllib.parse import quote

from amity.errors import Problem
from amity.policy.lint.codes import ENTRIES, level_of
from amity.policy.lint.entry import Level
from amity.policy.lint.pages import markdown

__all__ = ["sarif"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Level.REFUSED: "error", Level.ERROR: "error", Level.WARNING: "warning"}


def sarif(problems: Sequence[Problem]) -> dict[str, object]:
    """The log of one run that found *problems*."""
    codes = sorted({problem.code for problem in problems})
    driver = {
        "name": "amity lint",
        "version": version("amity-engine"),
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes.index(problem.code)) for problem in problems],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, object]:
    entry = ENTRIES.get(code)
    if entry is None:  # of a bundle file or a signature, which docs/bundles.md explains
        return {"id": code, "defaultConfiguration": {"level": _LEVELS[level_of(code)]}}
    text = f"{entry.what} {entry.why}"
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": text},
        "help": {"text": text, "markdown": markdown(entry)},
        "defaultConfiguration": {"level": _LEVELS[entry.level]},
    }


def _result(problem: Problem, index: int) -> dict[str, object]:
    fix = f" ({problem.fix})" if problem.fix else ""
    result: dict[str, object] = {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": _LEVELS[level_of(problem.code)],
        "message": {"text": f"{problem.message}{fix}"},
    }
    if problem.file:
        place: dict[str, object] = {"artifactLocation": {"uri": quote(problem.file)}}
        if problem.line:
            place["region"] = {"startLine": problem.line, "startColumn": max(problem.column, 1)}
        result["locations"] = [{"physicalLocation": place}]
    return result
