"""Runs the examples of cues and scopes: what must match does, what must not does not."""

from __future__ import annotations

from amity.conversation import Conversation, Participant, Role, Turn
from amity.cues.compiled import CompiledCue, CompiledScope, Match
from amity.cues.fold import fold
from amity.cues.matcher import matches_of
from amity.cues.schema import brief
from amity.cues.surroundings import Surroundings, variants
from amity.cues.values import Example
from amity.plugins.contract import TurnView
from amity.source import Problems

__all__ = ["check_cue", "check_scope"]

_SPEAKER = {"customer": Role.CUSTOMER, "agent": Role.AGENT, "team": Role.COLLEAGUE}
_OTHER = {Role.CUSTOMER: Role.AGENT, Role.AGENT: Role.CUSTOMER, Role.COLLEAGUE: Role.AGENT}


def check_cue(cue: CompiledCue, problems: Problems) -> bool:
    """Tell what is wrong with the examples of *cue*; True if anything is."""
    before = len(problems)
    found: set[str] = set()
    for example in cue.cue.matches:
        matches = list(matches_of(cue, _view(example, cue.cue.signal)))
        live = [match for match in matches if not match.cancelled_by]
        found |= {match.phrasing.text for match in live}
        if not live:
            _tell_missing(example, matches, problems)
    for phrasing in cue.cue.phrasings:
        if phrasing.text not in found:
            problems.add(
                "Q131",
                phrasing.node,
                f"none of the examples that must match has {brief(phrasing.text)}",
                "add one that must match",
            )
    for example in cue.cue.rejects:
        for match in matches_of(cue, _view(example, cue.cue.signal)):
            if not match.cancelled_by:
                quote = example.text[match.finding.start : match.finding.end]
                problems.add(
                    "Q132",
                    example.node,
                    f'{brief(match.phrasing.text)} is found in an example that must not match, at "{quote}"',
                    "make the phrasing narrower, or move the example to matches",
                )
                break
    return len(problems) > before


def _tell_missing(example: Example, matches: list[Match], problems: Problems) -> None:
    if matches:
        why = f"{brief(matches[0].phrasing.text)} is found, but cancelled by {matches[0].cancelled_by}"
        problems.add("Q133", example.node, why, "change the condition, the scopes or the example")
    else:
        problems.add(
            "Q130",
            example.node,
            f"the cue is not found in {brief(example.text)}",
            "change the phrasing or the example",
        )


def check_scope(scope: CompiledScope, problems: Problems) -> bool:
    """Tell what is wrong with the examples of *scope*; True if anything is.

    A ``cancels`` sentence must hold a term that no exception covers; a ``keeps`` sentence none.
    """
    before = len(problems)
    name = scope.scope.name
    for example in scope.scope.cancels:
        if not _terms(scope, example):
            problems.add(
                "Q134",
                example.node,
                f'no term of "{name}" is free in this sentence',
                "add the term, or narrow an except",
            )
    for example in scope.scope.keeps:
        if live := _terms(scope, example):
            problems.add(
                "Q135",
                example.node,
                f'"{live}" would cancel a match in this sentence',
                'add a phrase to "except"',
            )
    return len(problems) > before


def _terms(scope: CompiledScope, example: Example) -> str:
    view = _view(example, "customer")
    for text in variants(fold(example.text)):
        for span in Surroundings(text, view).terms(scope):
            start, end = text.original(*span)
            return example.text[start:end]
    return ""


def _view(example: Example, signal: str) -> TurnView:
    speaker = _SPEAKER.get(signal.partition(".")[0], Role.AGENT)
    other = _OTHER[speaker]
    roles = {"other": other, "speaker": speaker}
    turns = (Turn("other", example.after), Turn("speaker", example.text))
    people = tuple(Participant(key, role) for key, role in roles.items())
    conversation = Conversation("example", people, turns if example.after else turns[1:])
    return TurnView(conversation, len(conversation.turns) - 1, speaker, example.text, roles)
