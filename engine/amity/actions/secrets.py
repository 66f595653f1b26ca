"""Secrets by reference: ``env:NAME`` or ``file:PATH``, so that no file of ours holds one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from amity.fields import nearest

__all__ = ["Secrets"]

MAX_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Secrets:
    """Reads secrets; paths are relative to *folder*."""

    folder: Path
    environment: Mapping[str, str]

    def read(self, reference: str) -> str:
        """The secret without white space around it. Raises LookupError(what is wrong, what to do)."""
        where, _, name = reference.partition(":")
        secret = self._variable(name) if where == "env" else self._file(name)
        if not secret.strip():
            raise LookupError(f"{reference} is empty", "put the secret there")
        return secret.strip()

    def _variable(self, name: str) -> str:
        if name not in self.environment:
            other = f"set it: export {name}=…"
            fix = nearest(name, sorted(self.environment), other)
            raise LookupError(f"the environment variable {name} is not set", fix)
        return self.environment[name]

    def _file(self, name: str) -> str:
        try:
            with (self.folder / name).open("rb") as stream:
                return stream.read(MAX_BYTES).decode()
        except OSError as error:
            fix = "check the path, which is relative to the file of targets, and its rights"
            raise LookupError(f"the file {name} cannot be read: {error.strerror}", fix) from error
        except UnicodeDecodeError as error:
            raise LookupError(f"the file {name} is not text", "put the secret there") from error
