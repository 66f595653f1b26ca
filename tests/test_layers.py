"""Imports point one way (DESIGN: the shape)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "engine" / "amity"

# A module may import from its own layer and from those before it. The longest name that fits counts.
LAYERS = [
    [
        "amity.errors",
        "amity.conversation",
        "amity.signals",
        "amity.source",
        "amity.fields",
        "amity.attributes",
        "amity.problems",
        "amity.limits",
        "amity.cache",
        "amity.language",
        "amity.versions",
    ],
    ["amity.plugins", "amity.calibration", "amity.cues", "amity.bundles", "amity.policy"],
    ["amity.evaluate"],
    ["amity.decision", "amity.identity", "amity.verdict"],
    ["amity.privacy", "amity.actions"],
    ["amity.log"],
    ["amity.reports"],
    [
        "amity.sdk",
        "amity.testkit",
        "amity.proposing",
        "amity.judge",
        "amity.linting",
        "amity.case_runs",
        "amity.consequences",
    ],
    ["amity.measuring"],
    ["amity.v1"],
    ["amity.service", "amity.client"],
    ["amity.cli"],
]
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}


def level_of(module: str) -> int:
    fitting = [name for name in LEVELS if module == name or module.startswith(f"{name}.")]
    assert fitting, f"{module} is in no layer: add it to LAYERS"
    return LEVELS[max(fitting, key=len)]


def module_name(path: Path) -> str:
    relative = path.relative_to(ENGINE.parent).with_suffix("")
    return ".".join(part for part in relative.parts if part != "__init__")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def engine_files() -> list[Path]:
    return [
        path
        for path in sorted(ENGINE.rglob("*.py"))
        if "v1" not in path.relative_to(ENGINE).parts and path != ENGINE / "__init__.py"
    ]


@pytest.mark.parametrize("path", engine_files(), ids=module_name)
def test_imports_point_one_way(path: Path):
    own = level_of(module_name(path))
    back = {
        name
        for name in imports(path)
        if name.startswith("amity.") and name != "amity.v1" and level_of(name) > own
    }
    assert not back


@pytest.mark.parametrize("path", engine_files(), ids=module_name)
def test_the_engine_imports_no_plugin_by_name(path: Path):
    assert not {name for name in imports(path) if name.startswith("amity_")}


DEEP = ROOT / "distributions" / "amity-deep"


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOT / "plugins").rglob("*.py"), *DEEP.rglob("*.py")]),
    ids=lambda path: path.parent.name,
)
def test_bundled_plugins_see_only_the_sdk(path: Path):
    own = path.parent.name
    seen = {name for name in imports(path) if name.startswith("amity")}
    assert all(name.startswith(("amity.sdk", own)) for name in seen)


@pytest.mark.parametrize("path", engine_files(), ids=module_name)
def test_only_the_wire_knows_both_protobuf_and_our_values(path: Path):
    name = module_name(path)
    if name.startswith("amity.service.wire"):
        return
    found = imports(path)
    has_messages = any(
        n.startswith("amity.v1") and "_pb2_grpc" not in n and n != "amity.v1" for n in found
    )
    has_values = any(
        n.startswith(("amity.decision", "amity.evaluate", "amity.policy.model")) for n in found
    )
    assert not (has_messages and has_values)
