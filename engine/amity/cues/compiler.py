"""From packs and scopes to one matcher: patterns are built, examples run, faulty cues left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from amity.cues.check import check_cue, check_scope
from amity.cues.compiled import CompiledCue, CompiledScope
from amity.cues.language import PhrasingError
from amity.cues.lemma import inflections
from amity.cues.linear import Pattern, TooLargeError
from amity.cues.matcher import CueMatcher
from amity.cues.regex import pattern_text
from amity.cues.schema import brief, tell_phrasing
from amity.cues.tree import Lemma
from amity.cues.values import Cue, CuePack, CueScopes, Phrasing
from amity.source import Problems

__all__ = ["compile_cues"]

Scopes = Mapping[str, CompiledScope]


def compile_cues(
    packs: Sequence[CuePack],
    scopes: Sequence[CueScopes],
    problems: Problems,
    *,
    check_examples: bool = True,
) -> CueMatcher:
    """The matcher of all cues in *packs* that compile and whose examples do what they should.

    A cue with a problem is left out and told of at the place of its phrasing or example. A pack
    finds the scopes of its own language.
    """
    known: dict[str, dict[str, CompiledScope]] = {}
    languages = {*(pack.language for pack in packs), *(file.language for file in scopes)}
    for language in sorted(languages):
        own = [file for file in scopes if file.language == language]
        known[language] = _scopes(own, problems, check_examples)
    cues: list[CompiledCue] = []
    told: set[int] = set()
    for pack in packs:
        own_scopes = known[pack.language]
        _tell_unknown(pack, own_scopes, told, problems)
        for cue in pack.cues:
            made = _cue(cue, pack.language, own_scopes, problems)
            if made and (not check_examples or check_cue(made, problems)):
                cues.append(made)
    return CueMatcher(cues)


def _scopes(
    files: Iterable[CueScopes], problems: Problems, check_examples: bool
) -> dict[str, CompiledScope]:
    made: dict[str, CompiledScope] = {}
    for file in files:
        for scope in file.scopes:
            if scope.name in made:
                message = f'the scope "{scope.name}" is defined twice'
                problems.add("Q115", scope.node, message, "rename or remove one of the two")
                continue
            before = len(problems)
            compiled = CompiledScope(
                scope,
                _joined(scope.terms, file.language, problems),
                _joined(scope.excepts, file.language, problems),
            )
            if len(problems) == before and (not check_examples or check_scope(compiled, problems)):
                made[scope.name] = compiled
    return made


def _tell_unknown(pack: CuePack, scopes: Scopes, told: set[int], problems: Problems) -> None:
    """Tell of each place that names an unknown scope; a pack's default only once."""
    for place in (place for cue in pack.cues for place in cue.scopes):
        if place.value not in scopes and id(place) not in told:
            told.add(id(place))
            fix = "known: " + (", ".join(sorted(scopes)) or "none")
            problems.add("Q114", place, f'unknown scope "{place.value}"', fix)


def _cue(cue: Cue, language: str, scopes: Scopes, problems: Problems) -> CompiledCue | None:
    before = len(problems)
    conditions = cue.conditions
    patterns = [_pattern(phrasing, language, problems) for phrasing in cue.phrasings]
    own = [scopes.get(str(place.value)) for place in cue.scopes]
    made = CompiledCue(
        cue,
        tuple(pattern for pattern in patterns if pattern),
        tuple(scope for scope in own if scope),
        after=_joined(conditions.after, language, problems),
        unless_before=_joined(conditions.unless_before, language, problems),
        unless_after=_joined(conditions.unless_after, language, problems),
        unless_turn=_joined(conditions.unless_turn, language, problems),
    )
    return made if None not in own and len(problems) == before else None


def _joined(
    phrasings: Sequence[Phrasing], language: str, problems: Problems
) -> tuple[Pattern, ...]:
    """One pattern for all *phrasings*, or one for each where a joint one would be too large."""
    texts = [_text(phrasing, language, problems) for phrasing in phrasings]
    try:
        return (Pattern("|".join(f"(?:{text})" for text in texts if text)),) if any(texts) else ()
    except TooLargeError:
        made = [_pattern(phrasing, language, problems) for phrasing in phrasings]
        return tuple(pattern for pattern in made if pattern)


def _pattern(phrasing: Phrasing, language: str, problems: Problems) -> Pattern | None:
    text = _text(phrasing, language, problems)
    try:
        return Pattern(text) if text else None
    except TooLargeError:
        fix = "use fewer or smaller gaps and alternatives"
        message = f"{brief(phrasing.text)} is too large to run in linear time"
        problems.add("Q128", phrasing.node, message, fix)
        return None


def _text(phrasing: Phrasing, language: str, problems: Problems) -> str:
    """The RE2 text of *phrasing*; empty with a problem if it names an unknown lemma."""

    def forms(lemma: Lemma) -> Sequence[str]:
        found = inflections(lemma.text) if language == "en" else ()
        if not found:
            message = f'"@{lemma.text}" is not a known English word'
            raise PhrasingError("Q126", message, "write the forms out: (one|two)", lemma.column)
        return found

    try:
        return pattern_text(phrasing.tree, forms)
    except PhrasingError as error:
        tell_phrasing(error, phrasing.text, phrasing.node, problems)
        return ""
