"""What a phrasing needs: the words of which some must be there, or must stand side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from amity.cues.tree import Choice, Emoji, Item, Lemma, Mark, Run, Stem, Suffix, Word, is_needed

__all__ = ["MOST_PARTS", "Clause", "Inflect", "Needs", "Opening"]

# A word in a phrasing has no more parts between apostrophes ("rock'n'roll" has three).
MOST_PARTS = 4
# A clause: one of these must be there: a word, a word that begins so ("complain*"), or an emoji.
Clause = frozenset[str]
# A word of the first must stand straight before a word of the second.
Pair = tuple[Clause, Clause]
# Of these words and pairs one must be there.
Opened = tuple[Clause, list[Pair]]
# The clauses, the most telling first; and if pairs tell more than the first, these with what stands
# for phrasings that have none.
Opening = tuple[list[Clause], Clause, list[Pair]]
Inflect = Callable[[Lemma], Sequence[str]]
# Two words side by side are rarer than the rarer of them, by this much in customers' and agents' turns.
_RARER = 8
# Marks are everywhere, and no words to count.
_OFTEN = 1_000_000
_MARKS = frozenset("?!")
_ANYTHING: Opened = (frozenset(), [])


class Needs:
    """Works out the clauses of a tree, the most telling first."""

    def __init__(self, inflect: Inflect, common: Counter[str]) -> None:
        self._inflect = inflect
        self._common = common
        self._met: dict[str, int] = {}

    def either(self, runs: Sequence[Run]) -> list[Clause]:
        """Clauses that hold wherever any of *runs* stands."""
        each = [self._run(run) for run in runs]
        # The k-th clause of each, taken together, holds whichever of them it is.
        joined = [frozenset[str]().union(*together) for together in zip(*each, strict=False)]
        return sorted(joined, key=self._cost)

    def opening(self, runs: Sequence[Run]) -> Opening:
        """What holds wherever any of *runs* stands."""
        clauses = self.either(runs)
        alone, pairs = self._opened_by(runs)
        return (clauses, alone, pairs) if pairs and clauses else (clauses, frozenset(), [])

    def _opened_by(self, runs: Sequence[Run]) -> Opened:
        """The cheapest to ask of each of *runs*; nothing where there is one that asks for nothing."""
        found: list[Opened] = []
        for run in runs:
            own = [each for at in range(len(run.items)) for each in self._at(run.items, at)]
            if not own:
                return _ANYTHING
            found.append(min(own, key=self._cost_of))
        alone = frozenset[str]().union(*(words for words, _ in found))
        return alone, [pair for _, pairs in found for pair in pairs]

    def _cost_of(self, opened: Opened) -> tuple[float, int]:
        alone, pairs = opened
        beside = sum(min(self._cost(clause)[0] for clause in pair) for pair in pairs)
        return self._cost(alone)[0] + beside / _RARER, len(pairs)

    def _at(self, items: Sequence[Item], at: int) -> list[Opened]:
        """What the item there asks for: by itself, inside, and together with what follows it."""
        item, suffixes = items[at], _suffixes(items[at + 1 :])
        if not is_needed(item):
            return []
        found: list[Opened] = [(clause, []) for clause in self._item(item, suffixes)]
        last, following = self._last(item, suffixes), self._following(items[at + 1 :])
        if last and following:
            found.append((frozenset(), [(last, following)]))
        if isinstance(item, Choice) and not suffixes:
            inside = self._opened_by(item.runs)
            found += [inside] if inside != _ANYTHING else []
        return found

    def _last(self, item: Item, suffixes: Sequence[str]) -> Clause | None:
        """The words that *item* may end with; None where they cannot be told."""
        if not isinstance(item, Choice):
            return self._one(item, suffixes, -1)
        return self._any(self._last_of(run.items) for run in item.runs) if not suffixes else None

    def _last_of(self, items: Sequence[Item]) -> Clause | None:
        found: Clause = frozenset()
        for item in reversed(items):
            last = self._last(item, ())
            if last is None:
                return None
            found |= last
            if is_needed(item):
                break
        return found

    def _following(self, items: Sequence[Item]) -> Clause | None:
        """The words that *items* may begin with after a space; None where they cannot be told."""
        found: Clause = frozenset()
        for at, item in enumerate(items):
            if isinstance(item, Suffix):
                continue
            first = self._first(item, _suffixes(items[at + 1 :]))
            if first is None:
                return None
            found |= first
            if is_needed(item):
                return found
        return None

    def _first(self, item: Item, suffixes: Sequence[str]) -> Clause | None:
        if not isinstance(item, Choice):
            return self._one(item, suffixes, 0)
        return self._any(self._following(run.items) for run in item.runs) if not suffixes else None

    def _any(self, clauses: Iterable[Clause | None]) -> Clause | None:
        found: Clause = frozenset()
        for clause in clauses:
            if clause is None:
                return None
            found |= clause
        return found

    def _one(self, item: Item, suffixes: Sequence[str], edge: int) -> Clause | None:
        """The clause of a word, a stem or a lemma; None of anything else.

        *edge* says which end of a word with a hidden letter stands beside the other: 0 or -1.
        """
        if not isinstance(item, Word | Stem | Lemma):
            return None
        if isinstance(item, Word) and "*" in item.text:
            pieces = item.text.split("*")
            # "f***" has nothing after its stars: the f is the last of it.
            clauses = self._written([pieces[edge] or item.text.strip("*")], suffixes)
        else:
            clauses = self._item(item, suffixes)
        return clauses[0] if clauses else None

    def _run(self, run: Run) -> list[Clause]:
        clauses: list[Clause] = []
        for index, item in enumerate(run.items):
            if is_needed(item):
                clauses += self._item(item, _suffixes(run.items[index + 1 :]))
        return sorted(set(clauses), key=self._cost)

    def _item(self, item: Item, suffixes: Sequence[str]) -> list[Clause]:
        match item:
            case Word(text):
                # Stars are no letters, so "f*ck" is an f and a ck.
                pieces = [piece for piece in text.split("*") if piece]
                return [each for piece in pieces for each in self._written([piece], suffixes)]
            case Mark(text):
                return [frozenset({text})]
            case Lemma():
                return self._written(self._inflect(item), suffixes)
            case Stem(text):
                is_plain = text.isascii() and text.isalnum()
                return [frozenset({f"{text}*"})] if is_plain else []
            case Emoji(text):
                return [] if text.isascii() else [frozenset({text})]
            case Choice(runs):
                return self.either(runs) if not suffixes else []
            case _:
                return []

    def _written(self, words: Sequence[str], suffixes: Sequence[str]) -> list[Clause]:
        """A clause of *words*, or none where one has letters that the index does not know."""
        if not all(_is_indexed(word) for word in words):
            return []
        plain = [word.replace("'", "") for word in words]
        return [frozenset({*plain, *(word + suffix for word in plain for suffix in suffixes)})]

    def _cost(self, clause: Clause) -> tuple[int, int, list[str]]:
        """How often *clause* is met, so that the rarest comes first; never dependent on chance."""
        total = sum(self._seen(atom) for atom in clause)
        return total, len(clause), sorted(clause)

    def _seen(self, atom: str) -> int:
        if atom not in self._met:
            self._met[atom] = self._counted(atom)
        return self._met[atom]

    def _counted(self, atom: str) -> int:
        if atom in _MARKS:
            return _OFTEN
        if not atom.endswith("*"):
            return self._common[atom]
        stem = atom[:-1]
        return sum(count for word, count in self._common.items() if word.startswith(stem))


def _is_indexed(word: str) -> bool:
    is_plain = word.isascii() and word.replace("'", "").isalnum()
    return is_plain and word.count("'") < MOST_PARTS


def _suffixes(items: Sequence[Item]) -> list[str]:
    """The short forms that may be written on to what stands before *items*, without apostrophes."""
    found: list[str] = []
    for item in items:
        if isinstance(item, Suffix):
            found.append(item.text.replace("'", ""))
        elif isinstance(item, Choice):
            found += [suffix for run in item.runs for suffix in _suffixes(run.items)]
        if is_needed(item):
            break
    return found
