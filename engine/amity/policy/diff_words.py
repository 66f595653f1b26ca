"""What changed between two conditions, windows or texts, in words; and when nothing did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from amity.policy.condition_words import condition_words, number
from amity.policy.model import Condition, Group, Match, Quantifier, Step, Window

__all__ = [
    "condition_changes",
    "condition_meaning",
    "step_meaning",
    "text_changes",
    "window_meaning",
]

Meaning = tuple[object, ...]


def condition_meaning(condition: Condition | None) -> Meaning:
    """A value that is equal for conditions that are the same but for the order of what they list."""
    if condition is None:
        return ()
    if isinstance(condition, Match):
        where = tuple(
            (key, tuple(sorted(set(values)))) for key, values in sorted(condition.where.items())
        )
        by = tuple(sorted(condition.by))
        return ("signal", condition.name, by, float(condition.min_score), where, condition.count)
    members = sorted((condition_meaning(member) for member in condition.members), key=repr)
    return (condition.quantifier.value, tuple(members), condition.at_least, condition.count)


def window_meaning(window: Window | None) -> Meaning:
    """A value that is equal for windows that reach as far, however they are written."""
    if window is None:
        return ()
    roles = tuple(sorted(window.roles))
    return (window.kind.value, window.amount, roles, window.backward, window.same_turn_too)


def step_meaning(step: Step | None) -> Meaning:
    """A value that is equal for steps that ask the same."""
    return (condition_meaning(step.condition), window_meaning(step.window)) if step else ()


def condition_changes(where: str, old: Condition | None, new: Condition | None) -> Iterator[str]:
    """Each change from *old* to *new*, which stand under the key *where*, as a phrase."""
    if condition_meaning(old) == condition_meaning(new):
        return
    if old is None or new is None:
        verb, there = ("removed", old) if new is None else ("added", new)
        if there is not None:
            yield f"{where} {verb}: {condition_words(there)}"
        return
    if isinstance(old, Match) and isinstance(new, Match) and old.name == new.name:
        yield from _option_changes(old, new, f"of {old.name} in {where}")
        return
    first, second = _as_group(old), _as_group(new)
    if first is None or second is None or first.quantifier is not second.quantifier:
        yield _replaced(where, old, new)
        return
    found = list(_group_changes(where, first, second))
    yield from found or [_replaced(where, old, new)]


def _replaced(where: str, old: Condition, new: Condition) -> str:
    return f"{where}: {condition_words(old)} → {condition_words(new)}"


def _as_group(condition: Condition) -> Group | None:
    if isinstance(condition, Group):
        return condition
    # One signal reads as a list of one, so that another beside it reads as added.
    return Group(Quantifier.ANY, (condition,)) if condition.count == 1 else None


def _option_changes(old: Match, new: Match, of: str) -> Iterator[str]:
    if old.min_score != new.min_score:
        yield f"min_score {of}: {number(old.min_score)} → {number(new.min_score)}"
    if old.count != new.count:
        yield f"count {of}: {old.count} → {new.count}"
    if old.by != new.by:
        yield f"by {of}: {_listed(sorted(old.by))} → {_listed(sorted(new.by))}"
    if condition_meaning(old)[4] != condition_meaning(new)[4]:
        yield f"where {of}: {_where(old)} → {_where(new)}"


def _where(match: Match) -> str:
    parts = [f"{key} {' or '.join(values)}" for key, values in sorted(match.where.items())]
    return _listed(parts) if parts else "anything"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _group_changes(where: str, old: Group, new: Group) -> Iterator[str]:
    gone, come, kept = _aligned(old, new)
    yield from (f"{_called(member)} added to {where}" for member in come)
    yield from (f"{_called(member)} removed from {where}" for member in gone)
    yield from _kept_changes(where, kept)
    if old.at_least != new.at_least:
        yield f"at_least in {where}: {old.at_least} → {new.at_least}"
    if old.count != new.count:
        yield f"count in {where}: {old.count} → {new.count}"


def _called(member: Condition) -> str:
    if isinstance(member, Match):
        return f"signal {member.name}"
    return f"“{condition_words(member)}”"


Pairs = list[tuple[Condition, Condition]]


def _aligned(old: Group, new: Group) -> tuple[list[Condition], list[Condition], Pairs]:
    """The members that went, those that came, and those that changed, as pairs."""
    gone, come = list(old.members), list(new.members)
    for member in old.members:
        same = [m for m in come if condition_meaning(m) == condition_meaning(member)]
        if same:
            gone.remove(member)
            come.remove(same[0])
    pairs: Pairs = []
    for member in list(gone):
        like = [m for m in come if _likeness(m) == _likeness(member)]
        if like:
            pairs.append((member, like[0]))
            gone.remove(member)
            come.remove(like[0])
    return gone, come, pairs


def _likeness(member: Condition) -> object:
    return member.name if isinstance(member, Match) else member.quantifier


def _kept_changes(where: str, pairs: Pairs) -> Iterator[str]:
    matches = [(a, b) for a, b in pairs if isinstance(a, Match) and isinstance(b, Match)]
    told = [list(_option_changes(a, b, f"in {where}")) for a, b in matches]
    if len(told) > 1 and all(changes == told[0] for changes in told):
        # What was changed for the whole list is told once.
        yield from told[0]
    else:
        for a, b in matches:
            yield from _option_changes(a, b, f"of {a.name} in {where}")
    for old, new in pairs:
        if isinstance(old, Group):
            yield from condition_changes(f"the inner {old.quantifier} in {where}", old, new)


def text_changes(named: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """Of (name, old, new), each name whose text changed, with a phrase that says so."""
    for name, old, new in named:
        if old != new:
            verb = "added" if not old else "removed" if not new else "reworded"
            yield name, f"{name} {verb}"
