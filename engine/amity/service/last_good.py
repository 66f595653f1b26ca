"""The last good policies of a server, kept for a start at which the sources have none."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from amity.bundles.contents import digest_of
from amity.bundles.sources import Fetched, Trust, fetched_again
from amity.errors import AmityError, BadBundle, Problem

__all__ = ["LastGood"]

FOLDER = "last-good"
CURRENT = "current"


class LastGood:
    """Keeps what the sources *names* gave, in a folder of their own below the cache folder *root*."""

    def __init__(self, root: Path, names: Sequence[str], trust: Trust | None) -> None:
        key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        self._folder = root / FOLDER / key
        self._names, self._trust = tuple(names), trust

    def keep(self, fetched: Sequence[Fetched]) -> str:
        """Keep *fetched* instead of anything earlier; says why it could not, or nothing."""
        digest = digest_of(file for each in fetched for file in each.contents.files)
        new = self._folder / digest.partition(":")[2]
        try:
            new.mkdir(parents=True, exist_ok=True, mode=0o700)
            for index, each in enumerate(fetched):
                (new / f"{index}.tar.gz").write_bytes(each.to_bytes())
            # One small file says which folder counts, so that there is always a whole one.
            pointer = self._folder / f"{CURRENT}.{os.getpid()}"
            pointer.write_text(new.name, encoding="ascii")
            pointer.replace(self._folder / CURRENT)
        except OSError as error:
            return error.strerror or str(error)
        except AmityError as error:
            return str(error.problems[0])
        self._prune(new.name)
        return ""

    def fetch(self) -> list[Fetched]:
        """What was kept, checked like anything that comes from outside. Raises BadBundle."""
        try:
            name = (self._folder / CURRENT).read_text(encoding="ascii").strip()
            packed = [
                (self._folder / name / f"{index}.tar.gz").read_bytes()
                for index in range(len(self._names))
            ]
        except (OSError, ValueError) as error:
            fix = "repair the policies, or start once with good ones and --last-good"
            message = "no earlier bundle of these sources is kept that could stand in"
            problem = Problem("B244", message, file=str(self._folder), fix=fix)
            raise BadBundle("There are no good policies.", [problem]) from error
        return fetched_again(packed, self._names, self._trust)

    def _prune(self, current: str) -> None:
        with suppress(OSError):
            for path in self._folder.iterdir():
                if path.is_dir() and path.name != current:
                    shutil.rmtree(path, ignore_errors=True)
