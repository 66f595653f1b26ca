"""From packs and scopes to one matcher: patterns are built, examples are run, bad cues are dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amity.cues.check import check_cue, check_scope
from amity.cues.compiled import CompiledCue, CompiledScope
from amity.cues.language import Lemma, PhrasingError
from amity.cues.lemma import inflections
from amity.cues.linear import Pattern, TooLarge
from amity.cues.matcher import CueMatcher
from amity.cues.regex import pattern_text
from amity.cues.schema import brief
from amity.cues.values import Cue, CuePack, CueScopes, Phrasing, Scope
from amity.source import Problems

__all__ = ["compile_cues"]


def compile_cues(
    packs: Sequence[CuePack],
    scopes: Sequence[CueScopes],
    problems: Problems,
    *,
    check_examples: bool = True,
) -> CueMatcher:
    """The matcher of all cues in *packs* that compile and whose examples do what they should.

    A cue with a problem is left out and told of at the place of its phrasing or example.
    """
    known: dict[tuple[str, str], CompiledScope] = {}
    for file in scopes:
        for scope in file.scopes:
            if (file.language, scope.name) in known:
                problems.add(
                    "Q141",
                    scope.node,
                    f'the scope "{scope.name}" is defined twice',
                    "rename or remove one of the two",
                )
                continue
            compiled = _scope(scope, file.language, problems)
            if compiled and not (check_examples and check_scope(compiled, problems)):
                known[file.language, scope.name] = compiled
    cues = []
    told: set[int] = set()
    for pack in packs:
        for cue in pack.cues:
            made = _cue(cue, pack.language, known, problems, told)
            if made and not (check_examples and check_cue(made, problems)):
                cues.append(made)
    return CueMatcher(cues)


def _scope(scope: Scope, language: str, problems: Problems) -> CompiledScope | None:
    terms = _either(scope.terms, language, problems)
    excepts = _either(scope.excepts, language, problems)
    return CompiledScope(scope, terms, excepts) if terms else None


def _cue(
    cue: Cue,
    language: str,
    scopes: Mapping[tuple[str, str], CompiledScope],
    problems: Problems,
    told: set[int],
) -> CompiledCue | None:
    before = len(problems)
    is_whole = True
    own: list[CompiledScope] = []
    for place in cue.scopes:
        scope = scopes.get((language, str(place.value)))
        if scope is not None:
            own.append(scope)
            continue
        is_whole = False
        if id(place) not in told:
            told.add(id(place))
            names = sorted(name for known, name in scopes if known == language)
            problems.add(
                "Q114",
                place,
                f'the scope "{place.value}" does not exist',
                "defined: " + (", ".join(names) or "none"),
            )
    patterns = [_pattern([phrasing], language, problems) for phrasing in cue.phrasings]
    conditions = cue.conditions
    made = CompiledCue(
        cue,
        tuple(pattern for pattern in patterns if pattern),
        tuple(own),
        after=_either(conditions.after, language, problems),
        unless_before=_either(conditions.unless_before, language, problems),
        unless_after=_either(conditions.unless_after, language, problems),
        unless_turn=_either(conditions.unless_turn, language, problems),
    )
    return made if is_whole and len(problems) == before else None


def _either(
    phrasings: Sequence[Phrasing], language: str, problems: Problems
) -> tuple[Pattern, ...]:
    """One pattern for all ASCII phrasings, since they need no group, and one for each other."""
    made = [_pattern([phrasing], language, problems) for phrasing in phrasings]
    kept = [pattern for pattern in made if pattern]
    plain = [pattern.source for pattern in kept if not pattern.has_group]
    grouped = [pattern for pattern in kept if pattern.has_group]
    if len(plain) < 2:
        return tuple(kept)
    try:
        return (Pattern("|".join(f"(?:{source})" for source in plain), 8_000_000), *grouped)
    except TooLarge:
        return tuple(kept)


def _pattern(phrasings: Sequence[Phrasing], language: str, problems: Problems) -> Pattern | None:
    phrasing = phrasings[0]

    def forms(lemma: Lemma) -> Sequence[str]:
        found = inflections(lemma.text) if language == "en" else ()
        if not found:
            raise PhrasingError(
                "Q126",
                f'"@{lemma.text}" is not an English word that is known',
                "write the forms out: (one|two)",
                lemma.column,
            )
        return found

    try:
        return Pattern(pattern_text(phrasing.tree, forms))
    except PhrasingError as error:
        problems.add(
            error.code,
            phrasing.node,
            f"{error.message}, at character {error.column} of {brief(phrasing.text)}",
            error.fix,
        )
    except TooLarge:
        problems.add(
            "Q128",
            phrasing.node,
            f"{brief(phrasing.text)} is too large to run in linear time",
            "use fewer or smaller gaps and alternatives",
        )
    return None
