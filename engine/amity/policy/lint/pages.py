"""The documentation of codes: `docs/lint.md` for all of them, and the text of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amity.policy.lint.codes import ENTRIES
from amity.policy.lint.entry import Entry, Example, Level

__all__ = ["CONTENTS", "FAMILIES", "markdown", "page"]

CONTENTS = "## All codes\n"
"""The heading under which the part of the page begins that is made from the code."""

FAMILIES: Mapping[str, str] = {
    "Y1": "Files that do not load: YAML",
    "B1": "Files that do not load: folders and bundles",
    "V1": "Files that do not load: policies",
    "Q1": "Files that do not load: cues and scopes",
    "K1": "Files that do not load: cases",
    "N1": "Files that do not load: calibrations",
    "L10": "What YAML lets pass",
    "L11": "Occasions, windows and exceptions",
    "L12": "Conditions",
    "L13": "Rules beside each other",
    "L14": "Signals, scores and cues",
    "L15": "Whose wording is judged, and what follows",
    "L16": "What is written for people",
    "L17": "Weights",
    "L18": "Scope",
    "L19": "Cases",
}
"""What the codes that begin so are about."""

_WORDS = {
    Level.REFUSED: "refused: the files do not load",
    Level.ERROR: "error: the rule cannot do what it says",
    Level.WARNING: "warning: it works, and is probably not what was meant",
}


def page(introduction: str) -> str:
    """The whole page, with *introduction* at its head."""
    parts = [introduction, CONTENTS, _table()]
    for prefix, title in FAMILIES.items():
        entries = [entry for code, entry in ENTRIES.items() if code.startswith(prefix)]
        parts += [
            f"## {title}\n",
            *(f"### {_head(entry)}\n\n{markdown(entry)}" for entry in entries),
        ]
    return "\n".join(parts)


def _table() -> str:
    rows = [f"| {entry.code} | {entry.title} | {entry.level} |" for entry in ENTRIES.values()]
    return "\n".join(("| code | what it is | level |", "|---|---|---|", *rows, ""))


def _head(entry: Entry) -> str:
    return f"{entry.code} {entry.title}"


def markdown(entry: Entry) -> str:
    """What there is to say about one code, below its title."""
    return "\n".join(_paragraphs(entry))


def _paragraphs(entry: Entry) -> Iterator[str]:
    yield f"*{_WORDS[entry.level]}*\n"
    yield f"{entry.what} {entry.why}\n"
    yield _fenced("Not so", entry.bad)
    yield _fenced("But so", entry.good)


def _fenced(heading: str, example: Example) -> str:
    # A trailing space in an example would be lost to editors, and a tab to readers.
    shown = example.shown.rstrip("\n").replace("\t", "→").replace("\u00a0", "⍽")
    lines = [
        line[: len(line.rstrip(" "))] + "·" * (len(line) - len(line.rstrip(" ")))
        for line in shown.split("\n")
    ]
    text = "\n".join(lines)
    return f"{heading}:\n\n```yaml\n{text}\n```\n"
