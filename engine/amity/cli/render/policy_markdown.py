"""Policy pages as Markdown, for a wiki or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from amity.policy.page import HOW_TO_READ, PolicyPage, Term, all_terms

__all__ = ["pages_markdown"]

# What Markdown would take for its own; text between backticks is left as it is.
_SPECIAL = re.compile(r"([\\*_<>\[\]|#])")
_CODE = re.compile(r"(`[^`\n]{1,1000}`)")


def pages_markdown(pages: Sequence[PolicyPage]) -> str:
    """*pages* as one Markdown document, with one glossary at the end."""
    return "\n".join(_lines(pages)).rstrip() + "\n"


def _lines(pages: Sequence[PolicyPage]) -> Iterator[str]:
    for page in pages:
        yield from (f"# {_escaped(page.title)}", "")
        yield from _facts(page.facts)
        for number, rule in enumerate(page.rules, start=1):
            yield from (f"## {number}. {_escaped(rule.title)}", "")
            yield from (f"> {_escaped(rule.english)}", "")
            yield from _facts(rule.facts)
    yield from ("# How to read this", "")
    for text in HOW_TO_READ:
        yield from (_escaped(text), "")
    yield from ("# What the signals mean", "")
    for term in all_terms(pages):
        yield from _term(term)


def _term(term: Term) -> Iterator[str]:
    yield f"**{_escaped(term.words)}** (`{term.name}`): {_escaped(term.meaning)}"
    if term.not_meant:
        yield f"*Not meant:* {_escaped(term.not_meant)}"
    yield ""


def _facts(facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    for label, text in facts:
        yield f"- **{label}:** {_escaped(text)}"
    yield ""


def _escaped(text: str) -> str:
    line = " ".join(text.split())
    return "".join(
        part if _CODE.fullmatch(part) else _SPECIAL.sub(r"\\\1", part).replace("`", r"\`")
        for part in _CODE.split(line)
    )
