"""A bundle: every policy, cue pack and case of some folders, loaded together or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from amity.cues.compiler import compile_cues
from amity.cues.matcher import CueMatcher
from amity.cues.pack import load_pack
from amity.cues.scopes import load_scopes
from amity.cues.values import CuePack, CueScopes
from amity.errors import BadBundle, Problem
from amity.fields import nearest
from amity.policy.cases import CaseFile, check_cases, load_cases
from amity.policy.load import API_VERSION, load_policy
from amity.policy.model import Policy
from amity.signals import Catalogue
from amity.source import Node, Problems, parse_yaml, read_text

__all__ = ["Bundle", "load_bundle", "shipped_policies"]

_KINDS = ("Policy", "CuePack", "CueScopes", "Cases")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Loaded policies with the compiled cues and the cases that came with them.

    ``digest`` is "sha256:" and 64 hex digits over the names and texts of all files;
    ``policies`` are in the order of their names; ``cues`` and ``cases`` are counts.
    """

    policies: tuple[Policy, ...]
    matcher: CueMatcher
    case_files: tuple[CaseFile, ...]
    digest: str
    sources: tuple[str, ...]
    cues: int

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return sum(len(case_file.cases) for case_file in self.case_files)

    @property
    def rules(self) -> int:
        """How many rules there are."""
        return sum(len(policy.rules) for policy in self.policies)


def shipped_policies() -> Path:
    """The folder of the policies that come with Amity: in the wheel, or in a checkout."""
    packed = Path(str(files("amity"))) / "_policies"
    return packed if packed.is_dir() else Path(str(files("amity"))).parents[1] / "policies"


class _Loader:
    """Gathers what the files of a bundle hold."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.problems = Problems()
        self.policies: list[Policy] = []
        self.packs: list[CuePack] = []
        self.scopes: list[CueScopes] = []
        self.case_files: list[CaseFile] = []
        self._digest = hashlib.sha256()

    def folder(self, folder: Path) -> None:
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            self.problems.append(
                Problem(
                    "B101",
                    f"the policy folder {what}",
                    file=str(folder),
                    fix="name a folder that holds policy files",
                )
            )
            return
        paths = list(_yaml_files(folder, self.problems))
        if not paths:
            self.problems.append(
                Problem(
                    "B102",
                    "the policy folder has no .yaml files that can be read",
                    file=str(folder),
                    fix="add a policy, or check the permissions",
                )
            )
        for path in paths:
            self._file(path, path.relative_to(folder).as_posix())

    def _file(self, path: Path, name: str) -> None:
        text = read_text(path, name, self.problems)
        if text is None:
            return
        for part in (name, text):
            raw = part.encode()
            self._digest.update(len(raw).to_bytes(8, "big") + raw)
        node = parse_yaml(text, name, self.problems)
        if node is not None:
            self._document(node)

    def _document(self, node: Node) -> None:
        kind, version = node.entries.get("kind"), node.entries.get("apiVersion")
        if version is not None and version.value != API_VERSION:
            self.problems.add(
                "B103",
                version,
                f'apiVersion "{version.plain()}" is not known',
                f"write {API_VERSION}",
            )
        match kind.value if kind else None:
            case "Policy":
                _keep(self.policies, load_policy(node, self.catalogue, self.problems))
            case "CuePack":
                _keep(self.packs, load_pack(node, self.catalogue, self.problems))
            case "CueScopes":
                _keep(self.scopes, load_scopes(node, self.problems))
            case "Cases":
                _keep(self.case_files, load_cases(node, self.problems))
            case other:
                what = f'kind "{other}" is not known' if kind else 'the file says no "kind"'
                self.problems.add("B104", kind or node, what, nearest(str(other), _KINDS))

    @property
    def digest(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"

    def check(self, actions: Collection[str]) -> None:
        """Find what only shows when all files are seen together."""
        first: dict[str, Policy] = {}
        for policy in self.policies:
            if (other := first.setdefault(policy.name, policy)) is not policy:
                self._say(
                    "V128",
                    policy,
                    f'policy "{policy.name}" is already defined in {other.place.file}',
                    "give it another name",
                )
            for rule in policy.rules:
                for action in rule.actions:
                    if action not in actions:
                        fix = nearest(
                            action,
                            sorted(actions),
                            "`amity plugins list` shows the actions that there are",
                        )
                        place = rule.place
                        self.problems.append(
                            Problem(
                                "V127",
                                f'rule "{rule.id}" asks for action "{action}", which no loaded plugin offers',
                                file=place.file,
                                line=place.line,
                                column=place.column,
                                fix=fix,
                            )
                        )
        if not self.policies and not self.problems:
            self.problems.append(
                Problem("B105", "there is no policy", fix="add a file of kind Policy")
            )
        check_cases(self.case_files, self.policies, self.problems)

    def _say(self, code: str, policy: Policy, message: str, fix: str) -> None:
        place = policy.place
        self.problems.append(
            Problem(code, message, file=place.file, line=place.line, column=place.column, fix=fix)
        )


def _keep(kept: list, value: object | None) -> None:  # type: ignore[type-arg]
    if value is not None:
        kept.append(value)


def _yaml_files(folder: Path, problems: Problems) -> Iterator[Path]:
    found: list[Path] = []

    def unreadable(error: OSError) -> None:
        problems.append(
            Problem(
                "B106",
                f"a folder cannot be read: {error.strerror}",
                file=str(error.filename),
                fix="check its permissions",
            )
        )

    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(parent) / name
            for name in names
            if name.endswith((".yaml", ".yml")) and not name.startswith(".")
        ]
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def load_bundle(
    folders: Sequence[Path],
    catalogue: Catalogue,
    *,
    actions: Collection[str] = (),
    check_examples: bool = True,
) -> Bundle:
    """Load every file of *folders*, whose rules may name *actions*.

    Raises BadBundle with the problems of all files, in the order of files and lines.
    """
    loader = _Loader(catalogue)
    for folder in folders:
        loader.folder(folder)
    loader.check(actions)
    matcher = compile_cues(
        loader.packs, loader.scopes, loader.problems, check_examples=check_examples
    )
    if loader.problems:
        where = ", ".join(map(str, folders))
        raise BadBundle(
            f"The policies in {where} cannot be used as they are.",
            sorted(loader.problems, key=_place),
        )
    return Bundle(
        policies=tuple(sorted(loader.policies, key=lambda policy: policy.name)),
        matcher=matcher,
        case_files=tuple(loader.case_files),
        digest=loader.digest,
        sources=tuple(str(folder) for folder in folders),
        cues=sum(len(cue.phrasings) for pack in loader.packs for cue in pack.cues),
    )


def _place(problem: Problem) -> tuple[str, int, int, str]:
    return problem.file, problem.line, problem.column, problem.code
