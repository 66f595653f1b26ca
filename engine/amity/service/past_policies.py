"""Policies that once judged, kept by their digest, so that old decisions can be judged again."""

from __future__ import annotations

import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

from amity.bundles.archive import read_archive
from amity.bundles.contents import Contents, digest_of
from amity.cache import cache_folder
from amity.conversation import Conversation
from amity.cues.kept import KeptCues
from amity.decision import Decision
from amity.errors import BadBundle, Problem
from amity.judge import Judge
from amity.log.replay import CannotJudge, Rejudge
from amity.plugins.host import PluginHost
from amity.service.checking import judge_of

__all__ = ["PastJudges", "PastPolicies", "beside"]

MOST_JUDGES = 2  # besides the active one; each holds compiled cues


def beside(log: str | Path) -> Path | None:
    """The folder of the policies that judged what is in *log*.

    Beside a file; for a database, in the cache folder. None where there is no log, or no such folder.
    """
    name = str(log).removeprefix("sqlite:///")
    if not name:
        return None
    if "://" not in name:
        return Path(f"{name}.policies")
    cache = cache_folder()
    return cache / "policies-of-logs" if cache else None


class PastPolicies:
    """A folder that has a folder for each digest, with a bundle file for each source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, digest: str, packed: Sequence[bytes]) -> str:
        """Keep the bundle files *packed*, which have *digest* together; says why it could not, or nothing."""
        kept = self._at(digest)
        new = kept.with_name(f".{kept.name}.{os.getpid()}")
        try:
            if kept.is_dir():
                return ""
            new.mkdir(parents=True, exist_ok=True)
            for index, data in enumerate(packed):
                (new / f"{index}.tar.gz").write_bytes(data)
            new.replace(kept)
        except OSError as error:
            shutil.rmtree(new, ignore_errors=True)
            # Another server that shares the folder may have been first.
            return "" if kept.is_dir() else f"{self.folder}: {error.strerror}"
        return ""

    def find(self, digest: str) -> list[Contents]:
        """What the policies of *digest* consist of. Raises CannotJudge."""
        folder = self._at(digest)
        parts: list[Contents] = []
        with suppress(OSError):
            files = sorted(folder.glob("*.tar.gz"), key=lambda path: int(path.name.split(".")[0]))
            try:
                parts = [read_archive(file.read_bytes(), str(file)).contents for file in files]
            except BadBundle as error:
                raise CannotJudge("The kept policies cannot be read.", error.problems) from error
        if not parts:
            message = f"the policies {digest} are not at hand"
            fix = f"they were looked for in {self.folder}; or name the policies of then with --policies"
            raise CannotJudge(message, [Problem("R110", message, file=str(folder), fix=fix)])
        found = digest_of(file for part in parts for file in part.files)
        if found != digest:
            message = f"what is kept as {digest} has the digest {found}"
            fix = "restore the folder from a backup"
            raise CannotJudge(message, [Problem("R115", message, file=str(folder), fix=fix)])
        return parts

    def _at(self, digest: str) -> Path:
        return self.folder / digest.removeprefix("sha256:")


class PastJudges:
    """Who judges by the policies of a digest: the active judge if they are its own, else from *kept*.

    Plugins are those that are loaded now. Thread-safe; loading policies takes a second or more.
    """

    def __init__(self, active: Callable[[], Sequence[Judge]], kept: PastPolicies | None) -> None:
        self._active, self._kept = active, kept
        self._judges: OrderedDict[str, Judge] = OrderedDict()
        self._lock = Lock()

    def __call__(self, digest: str) -> Rejudge:
        """What judges a conversation by the policies of *digest*. Raises CannotJudge."""
        judge = self.judge(digest)

        def rejudge(conversation: Conversation, is_open: bool) -> Decision:
            return judge.evaluate(conversation, is_open=is_open)

        return rejudge

    @property
    def active(self) -> Judge:
        """The judge of this moment."""
        return self._active()[0]

    def judge(self, digest: str) -> Judge:
        """The judge by the policies of *digest*. Raises CannotJudge."""
        active = self._active()
        for judge in active:
            if judge.bundle.digest == digest:
                return judge
        with self._lock:
            if digest in self._judges:
                self._judges.move_to_end(digest)
            else:
                self._judges[digest] = self._loaded(digest, active[0].host)
                if len(self._judges) > MOST_JUDGES:
                    self._judges.popitem(last=False)
            return self._judges[digest]

    def _loaded(self, digest: str, host: PluginHost) -> Judge:
        if self._kept is None:
            message = f"the policies {digest} are not at hand"
            fix = "no folder of earlier policies was named; name it, or the policies of then"
            raise CannotJudge(message, [Problem("R110", message, fix=fix)])
        try:
            return judge_of(self._kept.find(digest), host, kept=KeptCues.default())
        except BadBundle as error:
            summary = "The policies of then do not load with the plugins of now."
            raise CannotJudge(summary, error.problems) from error
