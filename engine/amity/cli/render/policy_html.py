"""Policy pages as one HTML page that needs nothing else: no scripts, no fonts, nothing to load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from amity.policy.page import HOW_TO_READ, PolicyPage, RulePage, Term, all_terms

__all__ = ["pages_html"]

_STYLE = """\
:root { color-scheme: light; --ink: #16181d; --soft: #5b6170; --line: #d9dce3; --mark: #1f3a5f; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 3rem 1.5rem 6rem; color: var(--ink); background: #fff;
  font: 16px/1.55 Georgia, "Times New Roman", serif; }
h1, h2, h3, nav, dt, .id { font-family: "Helvetica Neue", Arial, sans-serif; }
h1 { margin: 3.5rem 0 1rem; padding-top: 1rem; border-top: 3px solid var(--mark); font-size: 1.7rem;
  letter-spacing: -0.01em; }
h2 { margin: 2.2rem 0 0.4rem; font-size: 1.1rem; }
h2 .number { display: inline-block; min-width: 2rem; color: var(--soft); font-weight: normal; }
nav { font-size: 0.9rem; } nav ol { padding-left: 1.2rem; } a { color: var(--mark); }
blockquote { margin: 0.5rem 0 0.8rem; padding: 0.1rem 0 0.1rem 1rem; border-left: 3px solid var(--mark); }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: 0.25rem 1rem; margin: 0.5rem 0; }
dt { color: var(--soft); font-size: 0.82rem; padding-top: 0.15rem; } dd { margin: 0; }
code, .id { font-size: 0.82rem; color: var(--soft); } code { font-family: Menlo, Consolas, monospace; }
.term { margin: 0 0 0.9rem; } .term p { margin: 0; } .not { color: var(--soft); }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 0.5rem; } }
@media print { body { padding: 0; font-size: 11pt; } h1 { break-before: page; } section { break-inside: avoid; } nav { display: none; } }
"""


def pages_html(pages: Sequence[PolicyPage]) -> str:
    """*pages* as one document with a table of contents and one glossary."""
    return "\n".join(_lines(pages)) + "\n"


def _lines(pages: Sequence[PolicyPage]) -> Iterator[str]:
    title = escape(", ".join(page.title for page in pages) or "Policies")
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>"
    yield from _contents(pages)
    for page in pages:
        yield from _page(page)
    yield '<h1 id="how-to-read">How to read this</h1>'
    yield from (f"<p>{escape(text)}</p>" for text in HOW_TO_READ)
    yield '<h1 id="signals">What the signals mean</h1>'
    for term in all_terms(pages):
        yield from _term(term)
    yield "</body>\n</html>"


def _contents(pages: Sequence[PolicyPage]) -> Iterator[str]:
    yield "<nav><ol>"
    for page in pages:
        yield f'<li><a href="#{escape(page.name)}">{escape(page.title)}</a></li>'
    yield '<li><a href="#how-to-read">How to read this</a></li>'
    yield '<li><a href="#signals">What the signals mean</a></li>\n</ol></nav>'


def _page(page: PolicyPage) -> Iterator[str]:
    yield f'<h1 id="{escape(page.name)}">{escape(page.title)}</h1>'
    yield from _facts(page.facts)
    for number, rule in enumerate(page.rules, start=1):
        yield from _rule(page, number, rule)


def _rule(page: PolicyPage, number: int, rule: RulePage) -> Iterator[str]:
    yield f'<section id="{escape(page.name)}--{escape(rule.id)}">'
    yield f'<h2><span class="number">{number}.</span>{escape(rule.title)}</h2>'
    yield f"<blockquote>{_text(rule.english)}</blockquote>"
    yield from _facts(rule.facts)
    yield "</section>"


def _facts(facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "<dl>"
    for label, text in facts:
        yield f"<dt>{escape(label)}</dt><dd>{_text(text)}</dd>"
    yield "</dl>"


def _text(text: str) -> str:
    """*text* with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(
        f"<code>{escape(part)}</code>" if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def _term(term: Term) -> Iterator[str]:
    yield f'<div class="term"><p><strong>{escape(term.words)}</strong> <code>{escape(term.name)}</code></p>'
    yield f"<p>{escape(term.meaning)}</p>"
    if term.not_meant:
        yield f'<p class="not">Not meant: {escape(term.not_meant)}</p>'
    yield "</div>"
