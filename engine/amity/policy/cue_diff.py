"""What changed between the cues of two bundles, in words. What they detect may then differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from amity.cues.pack import load_pack
from amity.cues.scopes import load_scopes
from amity.cues.values import Conditions, Cue, CuePack, CueScopes, Phrasing, Scope
from amity.policy.diff import Status
from amity.signals import Catalogue
from amity.source import Node, Problems

__all__ = ["CueChange", "CueFiles", "compare_cues", "read_cues"]


@dataclass(frozen=True, slots=True)
class CueFiles:
    """The cue packs and cue scopes of one bundle."""

    packs: tuple[CuePack, ...]
    scopes: tuple[CueScopes, ...]


@dataclass(frozen=True, slots=True)
class CueChange:
    """One phrasing, or one scope, that came, went or changed. ``name`` is its signal, or its scope."""

    name: str
    language: str
    status: Status
    text: str


def read_cues(nodes: Iterable[Node], catalogue: Catalogue, problems: Problems) -> CueFiles:
    """The packs and scopes among the documents *nodes*; what is wrong with them is recorded."""
    packs, scopes = [], []
    for node in nodes:
        kind = node.entries.get("kind")
        if kind and kind.value == "CuePack":
            packs.append(load_pack(node, catalogue, problems))
        elif kind and kind.value == "CueScopes":
            scopes.append(load_scopes(node, problems))
    return CueFiles(
        tuple(pack for pack in packs if pack), tuple(scope for scope in scopes if scope)
    )


# A phrasing or a scope by name and language, with what is said about it, part by part.
_Key = tuple[str, str, str]
_Details = dict[str, str]


def compare_cues(old: CueFiles, new: CueFiles) -> list[CueChange]:
    """Every phrasing and scope that is not the same in *old* and *new*, by signal and language."""
    return [
        *_changes(_phrasings(old.packs), _phrasings(new.packs), "cue"),
        *_changes(_scopes(old.scopes), _scopes(new.scopes), "scope"),
    ]


def _changes(
    old: dict[_Key, list[_Details]], new: dict[_Key, list[_Details]], what: str
) -> Iterator[CueChange]:
    for key in sorted(old.keys() | new.keys()):
        name, language, phrasing = key
        before, after = old.get(key, []), new.get(key, [])
        called = f"{what} “{phrasing}”" if phrasing else what
        if not before or not after:
            status = Status.REMOVED if before else Status.ADDED
            yield CueChange(name, language, status, f"{called} {status}")
        elif before != after:
            told = "; ".join(_told(before, after))
            yield CueChange(name, language, Status.CHANGED, f"{called}: {told}")


def _told(before: Sequence[_Details], after: Sequence[_Details]) -> Iterator[str]:
    if len(before) != len(after):
        yield f"written {len(before)} → {len(after)} times"
        return
    for was, now in zip(before, after, strict=True):
        for key in sorted(was.keys() | now.keys()):
            if was.get(key) != now.get(key):
                yield f"{key} {was.get(key) or 'none'} → {now.get(key) or 'none'}"


def _phrasings(packs: Iterable[CuePack]) -> dict[_Key, list[_Details]]:
    found: dict[_Key, list[_Details]] = {}
    for pack in packs:
        for cue in pack.cues:
            details = _details(cue)
            for phrasing in cue.phrasings:
                found.setdefault((cue.signal, pack.language, phrasing.text), []).append(details)
    return _ordered(found)


def _details(cue: Cue) -> _Details:
    told = {
        "score": f"{cue.score:g}",
        "attributes": ", ".join(f"{key} {value}" for key, value in sorted(cue.attributes.items())),
        "scopes": ", ".join(sorted(str(node.value) for node in cue.scopes)),
        **_conditions(cue.conditions),
    }
    return {key: value for key, value in told.items() if value}


def _conditions(conditions: Conditions) -> _Details:
    return {
        "at": conditions.at,
        "in": conditions.within,
        "after": _texts(conditions.after),
        "unless_before": _texts(conditions.unless_before),
        "unless_after": _texts(conditions.unless_after),
        "unless_turn": _texts(conditions.unless_turn),
    }


def _texts(phrasings: Iterable[Phrasing]) -> str:
    return ", ".join(sorted(f"“{phrasing.text}”" for phrasing in phrasings))


def _scopes(files: Iterable[CueScopes]) -> dict[_Key, list[_Details]]:
    found: dict[_Key, list[_Details]] = {}
    for file in files:
        for scope in file.scopes:
            found.setdefault((scope.name, file.language, ""), []).append(_scope(scope))
    return _ordered(found)


def _scope(scope: Scope) -> _Details:
    return {
        "terms": _texts(scope.terms),
        "excepts": _texts(scope.excepts),
        "reach": str(scope.reach),
        "direction": scope.direction,
    }


def _ordered(found: dict[_Key, list[_Details]]) -> dict[_Key, list[_Details]]:
    return {key: sorted(details, key=repr) for key, details in found.items()}
