"""A file of targets that points at a receiver of the tests."""

from __future__ import annotations

from pathlib import Path

from tests.actions.receiverkit import Receiver

SECRET = "whsec_" + "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def targets(folder: Path, receiver: Receiver, actions: str = "coach") -> Path:
    (folder / "secret").write_text(SECRET, encoding="utf-8")
    path = folder / "targets.yaml"
    path.write_text(
        "apiVersion: amity/v1\nkind: Targets\ntargets:\n"
        f"  - name: desk\n    url: {receiver.url()}\n    actions: [{actions}]\n"
        "    secrets: [file:secret]\n    allow_private: true\n",
        encoding="utf-8",
    )
    return path
