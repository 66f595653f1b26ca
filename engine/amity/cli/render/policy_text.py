"""Policy pages for a terminal of any width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from amity.cli.render.look import Look, look_of
from amity.cli.render.summary import heading
from amity.cli.render.wrap import clean, wrap
from amity.policy.page import HOW_TO_READ, PolicyPage, RulePage, Term, all_terms

__all__ = ["print_pages"]

_MAX_WIDTH = 100
_MIN_WIDTH = 30
_LABEL = 15
# With less room than this beside its label, a text stands beneath it.
_LEAST_ROOM = 40


def print_pages(pages: Sequence[PolicyPage], console: Console) -> None:
    """Print *pages* one after the other on *console*, with one glossary at the end."""
    width = max(min(console.width, _MAX_WIDTH), _MIN_WIDTH)
    look = look_of(console)
    for row in _pages(pages, width, look):
        row.plain = row.plain.translate(look.folded)
        row.rstrip()
        console.print(row, no_wrap=True, overflow="ignore", crop=False, highlight=False)


def _pages(pages: Sequence[PolicyPage], width: int, look: Look) -> Iterator[Text]:
    for page in pages:
        yield Text(look.rule * width, style="bold")
        yield from _paragraph(page.title, width, "bold")
        yield Text(look.rule * width, style="bold")
        yield from _facts(page.facts, width, 0)
        yield Text()
        for number, rule in enumerate(page.rules, start=1):
            yield from _rule(number, rule, width)
    yield from _how_to_read(width, look)
    yield from _glossary(all_terms(pages), width, look)


def _rule(number: int, rule: RulePage, width: int) -> Iterator[Text]:
    lead = f"{number}. "
    title = _indented(rule.title, width, len(lead), "bold")
    yield Text.assemble((lead, "dim"), next(title)[len(lead) :])
    yield from title
    yield from _indented(rule.english, width, len(lead), "italic")
    yield from _facts(rule.facts, width, len(lead))
    yield Text()


def _how_to_read(width: int, look: Look) -> Iterator[Text]:
    yield heading("How to read this", width, look)
    for text in HOW_TO_READ:
        yield from _paragraph(text, width, "")
    yield Text()


def _glossary(terms: Iterable[Term], width: int, look: Look) -> Iterator[Text]:
    yield heading("What the signals mean", width, look)
    for term in terms:
        yield from _paragraph(f"{term.words}  ({term.name})", width, "bold")
        yield from _indented(term.meaning, width, 2, "")
        if term.not_meant:
            yield from _indented(f"Not meant: {term.not_meant}", width, 2, "dim")


def _facts(facts: Iterable[tuple[str, str]], width: int, indent: int) -> Iterator[Text]:
    column = indent + _LABEL if width - indent - _LABEL >= _LEAST_ROOM else indent + 2
    for label, text in facts:
        rows = _indented(text, width, column, "")
        if column > indent + 2:
            first = next(rows)
            head = Text.assemble(" " * indent, (label.ljust(_LABEL), "dim"))
            yield head.append_text(first[column:])
        else:
            yield Text.assemble(" " * indent, (label, "dim"))
        yield from rows


def _indented(text: str, width: int, indent: int, style: str) -> Iterator[Text]:
    for row in _paragraph(text, width - indent, style):
        yield Text.assemble(" " * indent, row)


def _paragraph(text: str, width: int, style: str) -> Iterator[Text]:
    safe = clean(text)
    for begin, end in wrap(safe, width):
        yield Text(safe[begin:end], style=style)
