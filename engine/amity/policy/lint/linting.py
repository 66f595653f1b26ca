"""Runs every check over what was read, beside the problems of loading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from amity.bundles.contents import Contents, canonical_name
from amity.cues.pack import load_pack
from amity.cues.scopes import load_scopes
from amity.cues.values import CuePack, CueScopes
from amity.errors import Problem
from amity.policy.cases import CaseFile, load_cases
from amity.policy.lint.codes import CHECKS
from amity.policy.lint.subject import LintFile, Subject, Surroundings
from amity.policy.load import load_policy
from amity.policy.model import Policy
from amity.signals import Catalogue
from amity.source import Node, Problems, parse_yaml

__all__ = ["findings", "read_files", "subject_of"]

Read = TypeVar("Read")


def read_files(part: Contents, prefix: str = "") -> Iterator[LintFile]:
    """The YAML files of *part*, each with *prefix* before its name.

    What is wrong in them is told by the loader, and not here.
    """
    texts = {file.name: file.text for file in part.files}

    def beside(name: str, _node: Node, _problems: Problems) -> str | None:
        return texts.get(canonical_name(name.removeprefix(prefix)))

    for file in part.files:
        if not file.name.endswith(".json"):
            name = f"{prefix}{file.name}"
            yield LintFile(name, file.text, parse_yaml(file.text, name, Problems()), beside)


def subject_of(files: Iterable[LintFile], catalogue: Catalogue, around: Surroundings) -> Subject:
    """What *files* hold, without the policies, packs and cases that do not load."""
    policies: list[Policy] = []
    packs: list[CuePack] = []
    scopes: list[CueScopes] = []
    cases: list[CaseFile] = []
    kept = tuple(files)
    for file in kept:
        node, unheard = file.node, Problems()
        match str(node.entries["kind"].value) if node and "kind" in node.entries else "":
            case "Policy" if node:
                policies += _loaded(load_policy(node, catalogue, unheard))
            case "CuePack" if node:
                packs += _loaded(load_pack(node, catalogue, unheard))
            case "CueScopes" if node:
                scopes += _loaded(load_scopes(node, unheard))
            case "Cases" if node:
                cases += _loaded(load_cases(node, unheard, file.beside))
    return Subject(
        kept, tuple(policies), tuple(packs), tuple(scopes), tuple(cases), catalogue, around
    )


def findings(
    subject: Subject,
    refused: Iterable[Problem] = (),
    *,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Problem]:
    """Everything to be said about *subject*, with the problems of loading, by file and line.

    *progress* is told after each check how many of how many are done.
    """
    found = list(_without_echoes(tuple(refused), subject))
    for done, check in enumerate(CHECKS, start=1):
        found += check().problems(subject)
        progress(done, len(CHECKS))
    return sorted(set(found), key=lambda p: (p.file, p.line, p.column, p.code, p.message))


def _without_echoes(problems: Sequence[Problem], subject: Subject) -> Iterator[Problem]:
    """*problems* without those that only follow from another: of what is missing because it does not load."""
    unread = {(p.file, p.line, p.column) for p in problems if p.code == "Y104"}
    too_deep = {(p.file, p.line) for p in problems if p.code == "Y105"}
    names = _policy_names(subject)
    for problem in problems:
        place = problem.file, problem.line, problem.column
        is_structure = problem.code in {"Y104", "Y105"}
        if not is_structure and (place in unread or place[:2] in too_deep):
            continue
        is_elsewhere = names is None or any(f'"{name}"' in problem.message for name in names)
        if problem.code != "K108" or not is_elsewhere:
            yield problem


def _policy_names(subject: Subject) -> set[object] | None:
    """The names of all policies, also of those that do not load; None where a file cannot be read."""
    roots = [file.node for file in subject.files if file.node]
    if len(roots) < len(subject.files):
        return None
    heads = [root.entries["metadata"].entries for root in roots if "metadata" in root.entries]
    return {head["name"].value for head in heads if "name" in head}


def _loaded(value: Read | None) -> list[Read]:
    return [] if value is None else [value]
