"""Writing a file for the user: the whole of it, or an error that says why not."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from amity.errors import BadBundle, Problem

__all__ = ["replace_file"]


def replace_file(path: Path, data: bytes) -> None:
    """Write *data* to *path*, so that readers see the old file or the new one and nothing between."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_bytes(data)
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        message = f"the file cannot be written: {error.strerror}"
        problem = Problem("B223", message, file=str(path), fix="choose another place")
        raise BadBundle("The bundle cannot be written.", [problem]) from error
