"""A bundle: every policy, cue pack and case of some sources, loaded together or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from amity.bundles.archive import open_archive
from amity.bundles.contents import Contents, canonical_name, digest_of
from amity.bundles.folder import read_folder
from amity.calibration import AS_FOUND, Calibration, join, load_calibration
from amity.cues.compiler import compile_cues
from amity.cues.kept import CompiledCues, KeptCues, key_of
from amity.cues.matcher import CueMatcher
from amity.cues.pack import load_pack
from amity.cues.scopes import load_scopes
from amity.cues.values import CuePack, CueScopes
from amity.errors import BadBundle, Problem
from amity.fields import nearest
from amity.policy.cases import CaseFile, check_cases, load_cases
from amity.policy.conversation_files import Files, check_inside
from amity.policy.load import API_VERSION, load_policy
from amity.policy.model import Policy
from amity.policy.shared_names import SHARED_KIND, SharedNames, check_shared, load_shared
from amity.signals import Catalogue
from amity.source import Node, Problems, parse_yaml

__all__ = [
    "Bundle",
    "load_bundle",
    "load_contents",
    "read_contents",
    "read_source",
    "shipped_policies",
]

_KINDS = ("Policy", "CuePack", "CueScopes", "Cases", SHARED_KIND, "Calibration")


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
    calibration: Calibration = AS_FOUND

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
        self.cue_files: list[tuple[str, str, Node]] = []
        self.case_files: list[CaseFile] = []
        self.shared: list[SharedNames] = []
        self._all_cases_load = True
        self.calibrations: list[Calibration] = []

    def parts(self, parts: Sequence[Contents]) -> None:
        """Read every file of *parts*, in an order that does not depend on that of the parts."""
        found = [(file, index) for index, part in enumerate(parts) for file in part.files]
        for file, index in sorted(found):
            if file.name.endswith(".json"):
                continue
            node = parse_yaml(file.text, file.name, self.problems)
            if node is not None:
                self._document(node, file.text, _beside(parts[index]))

    def _document(self, node: Node, text: str, beside: Files) -> None:
        kind, version = node.entries.get("kind"), node.entries.get("apiVersion")
        # Cue files are asked about theirs when they are compiled, and not where the cues are kept.
        is_cues = kind is not None and kind.value in ("CuePack", "CueScopes")
        if version is not None and version.value != API_VERSION and not is_cues:
            self.problems.add(
                "B103",
                version,
                f'apiVersion "{version.plain()}" is not known',
                f"write {API_VERSION}",
            )
        match kind.value if kind else None:
            case "Policy":
                _keep(self.policies, load_policy(node, self.catalogue, self.problems))
            case "CuePack" | "CueScopes":
                self.cue_files.append((node.file, text, node))
            case "Cases":
                before = len(self.case_files)
                _keep(self.case_files, load_cases(node, self.problems, beside))
                self._all_cases_load &= len(self.case_files) > before
            case "CaseFixtures":
                self.shared.append(load_shared(node, self.problems))
            case "Calibration":
                _keep(self.calibrations, load_calibration(node, self.catalogue, self.problems))
            case other:
                what = f'kind "{other}" is not known' if kind else 'the file says no "kind"'
                self.problems.add("B104", kind or node, what, nearest(str(other), _KINDS))

    def cues(self, kept: KeptCues | None, *, check_examples: bool) -> CompiledCues:
        """The compiled cues: those that *kept* has, or new ones, which it gets if they are good."""
        key = key_of(((name, text) for name, text, _ in self.cue_files), self.catalogue)
        found = kept.get(key) if kept else None
        if found is not None:
            return found
        before = len(self.problems)
        packs: list[CuePack] = []
        scopes: list[CueScopes] = []
        for _, _, node in self.cue_files:
            if node.entries["kind"].value == "CuePack":
                _keep(packs, load_pack(node, self.catalogue, self.problems))
            else:
                _keep(scopes, load_scopes(node, self.problems))
        matcher = compile_cues(packs, scopes, self.problems, check_examples=check_examples)
        made = CompiledCues(matcher, sum(len(cue.phrasings) for pack in packs for cue in pack.cues))
        if kept and check_examples and len(self.problems) == before:
            kept.put(key, made)
        return made

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
        if self._all_cases_load:
            check_shared(self.shared, self.case_files, self.problems)

    def _say(self, code: str, policy: Policy, message: str, fix: str) -> None:
        place = policy.place
        self.problems.append(
            Problem(code, message, file=place.file, line=place.line, column=place.column, fix=fix)
        )


def _keep(kept: list, value: object | None) -> None:  # type: ignore[type-arg]
    if value is not None:
        kept.append(value)


def _beside(part: Contents) -> Files:
    """The files of *part* by their names, for the cases that refer to them."""
    texts = {file.name: file.text for file in part.files}

    def text_of(name: str, node: Node, problems: Problems) -> str | None:
        text = texts.get(canonical_name(name))
        if text is None:
            problems.add("K131", node, f'there is no file "{name}"', "check its name")
            return None
        return text if check_inside(Path(part.source), name, node, problems) else None

    return text_of


def read_source(path: Path, problems: Problems) -> Contents:
    """The contents of *path*, a folder or a bundle file; what is wrong is in *problems*."""
    if not path.is_file():
        return read_folder(path, problems)
    try:
        return open_archive(path).contents
    except BadBundle as error:
        problems += error.problems
        return Contents((), str(path))


def load_bundle(
    paths: Sequence[Path],
    catalogue: Catalogue,
    *,
    actions: Collection[str] = (),
    check_examples: bool = True,
    kept: KeptCues | None = None,
) -> Bundle:
    """Load everything in *paths*, folders and bundle files, whose rules may name *actions*.

    Cues that *kept* has are neither compiled nor checked again. Raises BadBundle with the problems
    of all files, in the order of files and lines.
    """
    problems = Problems()
    parts = [read_source(path, problems) for path in paths]
    return load_contents(
        parts,
        catalogue,
        actions=actions,
        check_examples=check_examples,
        kept=kept,
        found=problems,
    )


def load_contents(
    parts: Sequence[Contents],
    catalogue: Catalogue,
    *,
    actions: Collection[str] = (),
    check_examples: bool = True,
    kept: KeptCues | None = None,
    cues: CompiledCues | None = None,
    found: Iterable[Problem] = (),
) -> Bundle:
    """Load what was read from some sources, with the problems that were *found* before.

    *cues* are what another process has compiled of the same contents. Raises BadBundle.
    """
    bundle, problems = read_contents(
        parts,
        catalogue,
        actions=actions,
        check_examples=check_examples,
        kept=kept,
        cues=cues,
        found=found,
    )
    if problems:
        sources = ", ".join(bundle.sources)
        raise BadBundle(f"The policies in {sources} cannot be used as they are.", problems)
    return bundle


def read_contents(
    parts: Sequence[Contents],
    catalogue: Catalogue,
    *,
    actions: Collection[str] = (),
    check_examples: bool = True,
    kept: KeptCues | None = None,
    cues: CompiledCues | None = None,
    found: Iterable[Problem] = (),
) -> tuple[Bundle, tuple[Problem, ...]]:
    """Like ``load_contents``, but with problems it gives those beside a bundle of what has none.

    Nobody may judge by such a bundle; it is for whoever looks for more that is wrong.
    """
    loader = _Loader(catalogue)
    loader.problems += found
    loader.parts(parts)
    loader.check(actions)
    calibration = join(loader.calibrations, loader.problems)
    compiled = cues or loader.cues(kept, check_examples=check_examples)
    bundle = Bundle(
        policies=tuple(sorted(loader.policies, key=lambda policy: policy.name)),
        matcher=compiled.matcher,
        case_files=tuple(loader.case_files),
        digest=digest_of(file for part in parts for file in part.files),
        sources=tuple(part.source for part in parts),
        cues=compiled.phrasings,
        calibration=calibration,
    )
    # What is wrong with a shared fixture shows in every file that uses it, and is told once.
    return bundle, tuple(sorted(dict.fromkeys(loader.problems), key=_place))


def _place(problem: Problem) -> tuple[str, int, int, str]:
    return problem.file, problem.line, problem.column, problem.code
