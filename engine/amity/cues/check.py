"""Runs the examples of cues and scopes: what must match does, and what must not does not."""

from __future__ import annotations

from collections.abc import Iterable

from amity.conversation import Conversation, Participant, Role, Turn
from amity.cues.compiled import CompiledCue, CompiledScope, Match
from amity.cues.fold import fold
from amity.cues.matcher import matches_of
from amity.cues.schema import brief
from amity.cues.surroundings import free_terms, variants
from amity.cues.values import Example
from amity.plugins.contract import TurnView
from amity.source import Problems

__all__ = ["check_cue", "check_scope"]

_SPEAKER = {"customer": Role.CUSTOMER, "agent": Role.AGENT, "team": Role.COLLEAGUE}


def check_cue(cue: CompiledCue, problems: Problems) -> bool:
    """Run the examples of *cue* with its scopes and conditions; False with problems if one fails."""
    before = len(problems)
    found: set[str] = set()
    for example in cue.cue.matches:
        matches = list(matches_of(cue, _view(example, cue.cue.signal)))
        kept = [match.phrasing.text for match in matches if not match.cancelled_by]
        found.update(kept)
        if not kept:
            _tell_missing(example, matches, problems)
    for phrasing in cue.cue.phrasings:
        if phrasing.text not in found:
            message = f"no example in matches has {brief(phrasing.text)}"
            problems.add("Q131", phrasing.node, message, "add an example, or remove the phrasing")
    for example in cue.cue.rejects:
        _tell_found(example, matches_of(cue, _view(example, cue.cue.signal)), problems)
    return len(problems) == before


def _tell_missing(example: Example, matches: list[Match], problems: Problems) -> None:
    if matches:
        message = f"{brief(matches[0].phrasing.text)} is cancelled by {matches[0].cancelled_by}"
        problems.add("Q133", example.node, message, "change the condition, scopes or example")
    else:
        message = f"the cue is not found in {brief(example.text)}"
        problems.add("Q130", example.node, message, "change the phrasing or the example")


def _tell_found(example: Example, matches: Iterable[Match], problems: Problems) -> None:
    found = next((match for match in matches if not match.cancelled_by), None)
    if found is not None:
        quote = example.text[found.finding.start : found.finding.end]
        message = f'{brief(found.phrasing.text)} is found in a rejected example, at "{quote}"'
        problems.add("Q132", example.node, message, "narrow the phrasing, or move the example")


def check_scope(scope: CompiledScope, problems: Problems) -> bool:
    """Run the examples of *scope*; False with problems if one fails.

    A ``cancels`` sentence must hold a term that no exception covers; a ``keeps`` sentence none.
    """
    before = len(problems)
    for example in scope.scope.cancels:
        if not _free_term(scope, example):
            message = f'no term of "{scope.scope.name}" is free in {brief(example.text)}'
            problems.add("Q134", example.node, message, "add the term, or narrow an exception")
    for example in scope.scope.keeps:
        if term := _free_term(scope, example):
            message = f'"{term}" would cancel a match in {brief(example.text)}'
            problems.add("Q135", example.node, message, 'add a phrase to "except"')
    return len(problems) == before


def _free_term(scope: CompiledScope, example: Example) -> str:
    for text in variants(fold(example.text)):
        for span in free_terms(scope, text.data):
            start, end = text.original(*span)
            return example.text[start:end]
    return ""


def _view(example: Example, signal: str) -> TurnView:
    """The example as a turn of somebody who may speak the signal, after what the other side said."""
    speaker = _SPEAKER.get(signal.partition(".")[0], Role.AGENT)
    other = Role.CUSTOMER if speaker is Role.AGENT else Role.AGENT
    roles = {"other": other, "speaker": speaker}
    people = tuple(Participant(name, role) for name, role in roles.items())
    turns = (Turn("other", example.after), Turn("speaker", example.text))
    conversation = Conversation("example", people, turns if example.after else turns[1:])
    return TurnView(conversation, len(conversation.turns) - 1, speaker, example.text, roles)
