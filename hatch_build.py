"""Build hook: compile ``proto/`` into ``amity.v1`` and pack ``policies/`` into the wheel.

``python hatch_build.py`` compiles the contracts in a checkout, after an edit of a .proto file.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # pragma: no cover - only when run by hand without hatchling
    BuildHookInterface = object  # type: ignore[assignment,misc]

ROOT = Path(__file__).parent


def compile_protos(root: Path, into: Path) -> None:
    """Write the Python modules and type stubs of every contract under ``proto/``."""
    from importlib.resources import files

    from grpc_tools import protoc

    # protoc finds protoc-gen-mypy on the PATH, which an environment that is not activated lacks.
    os.environ["PATH"] = os.pathsep.join(
        (sysconfig.get_path("scripts"), os.environ.get("PATH", ""))
    )
    sources = sorted(
        str(path.relative_to(root / "proto")) for path in (root / "proto").rglob("*.proto")
    )
    code = protoc.main(
        [
            "protoc",
            f"-I{root / 'proto'}",
            f"-I{files('grpc_tools') / '_proto'}",
            f"--python_out={into}",
            f"--grpc_python_out={into}",
            f"--mypy_out={into}",
            f"--mypy_grpc_out={into}",
            *sources,
        ]
    )
    if code != 0:
        message = f"protoc failed with exit code {code}"
        raise RuntimeError(message)
    (into / "amity" / "v1" / "__init__.py").write_text(
        '"""Generated from proto/amity/v1 at build time; do not edit."""\n', encoding="utf-8"
    )


class CompileHook(BuildHookInterface):  # type: ignore[misc]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        compile_protos(root, root / "engine")
        build_data["artifacts"] += ["engine/amity/v1/*.py", "engine/amity/v1/*.pyi"]
        if version == "standard":
            # An editable install reads policies/ from the checkout, so that edits are live.
            build_data["force_include"][str(root / "policies")] = "amity/_policies"


if __name__ == "__main__":
    compile_protos(ROOT, ROOT / "engine")
    sys.stdout.write("compiled proto/ into engine/amity/v1\n")
