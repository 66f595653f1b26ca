"""Reading the files of a policy folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from amity.bundles.contents import BundleFile, Contents, canonical_name
from amity.bundles.names import SUFFIXES, clashes
from amity.bundles.tar import MOST_BYTES, MOST_FILES
from amity.errors import Problem
from amity.source import MAX_BYTES, Problems, read_text

__all__ = ["fingerprint", "read_folder"]


def read_folder(folder: Path, problems: Problems) -> Contents:
    """The policy files below *folder*, hidden ones left out; what cannot be read is in *problems*."""
    source = str(folder)
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        problems.append(
            Problem(
                "B101",
                f"the policy folder {what}",
                file=str(folder),
                fix="name a folder that holds policy files",
            )
        )
        return Contents((), source)
    paths = list(_policy_files(folder, problems))
    if not any(path.suffix != ".json" for path in paths):
        problems.append(
            Problem(
                "B102",
                "the policy folder has no .yaml files that can be read",
                file=str(folder),
                fix="add a policy, or check the permissions",
            )
        )
    if problem := _too_much(paths, source):
        problems.append(problem)
        return Contents((), source)
    named = [(canonical_name(path.relative_to(folder).as_posix()), path) for path in paths]
    problems += clashes([name for name, _ in named], str(folder))
    root = folder.resolve()
    texts = ((name, _text(path, name, root, problems)) for name, path in named)
    files = tuple(BundleFile(name, text) for name, text in texts if text is not None)
    return Contents(files, source)


def _too_much(paths: Sequence[Path], source: str) -> Problem | None:
    """Why *paths* are more than a bundle may hold, which would be told late when it is packed."""
    if len(paths) > MOST_FILES:
        message = f"there are more than {MOST_FILES:,} files"
        return Problem("B208", message, file=source, fix="make several bundles")
    total = 0
    for path in paths:
        with suppress(OSError):
            total += min(path.stat().st_size, MAX_BYTES)
    if total > MOST_BYTES:
        message = f"the files are larger than {MOST_BYTES:,} bytes together"
        return Problem("B206", message, file=source, fix="make several bundles")
    return None


def _text(path: Path, name: str, root: Path, problems: Problems) -> str | None:
    # Links within the folder are how some platforms mount it; others would pack a stranger's file.
    if path.is_symlink() and not _is_below(path, root):
        message = "this is a link that leads out of the folder, or nowhere"
        problems.append(Problem("B211", message, file=name, fix="put the file itself there"))
        return None
    # A pipe would be waited for without end.
    if path.exists() and not path.is_file():
        problems.append(
            Problem("Y101", "this is not a regular file", file=name, fix="put a file in its place")
        )
        return None
    return read_text(path, name, problems)


def _is_below(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def fingerprint(folder: Path) -> object:
    """Something that is equal as long as no file of *folder* seems to have changed."""
    found = []
    for path in _policy_files(folder, Problems()):
        try:
            seen = path.stat()
        except OSError as error:
            found.append((str(path), error.errno, 0, 0))
        else:
            found.append((str(path), seen.st_mtime_ns, seen.st_size, seen.st_ino))
    return found


def _policy_files(folder: Path, problems: Problems) -> Iterator[Path]:
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
            if name.endswith(SUFFIXES) and not name.startswith(".")
        ]
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix())
