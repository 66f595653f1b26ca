"""The inflections of English words, for ``@take``."""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["inflections"]


@cache
def inflections(word: str) -> tuple[str, ...]:
    """Every form of *word*, shortest first; empty when it is not a known English word.

    >>> inflections("take")
    ('take', 'took', 'taken', 'takes', 'taking')
    """
    forms = {word, *_IRREGULAR.get(word, ())}
    is_known = word in _IRREGULAR
    table = _table()
    at = table.find(f"\n{word},")
    while at >= 0:
        is_known = True
        line = table[at + 1 : table.index("\n", at + 1)]
        forms |= {form for cell in line.split(",")[2:] for form in cell.lower().split("/") if form}
        at = table.find(f"\n{word},", at + 1)
    return tuple(sorted(forms, key=lambda form: (len(form), form))) if is_known else ()


_IRREGULAR = {
    "be": ("am", "are", "is", "was", "were", "been", "being"),
    "do": ("does", "did", "done", "doing"),
}


@cache
def _table() -> str:
    # lemminflect's word list, read directly: importing the package costs 30 MB (it loads numpy and
    # a model for words outside its list, which a cue has no use for).
    spec = find_spec("lemminflect")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        raise ModuleNotFoundError("lemminflect is not installed")
    return (
        "\n"
        + gzip.decompress((Path(folders[0]) / "resources" / "infl_lu.csv.gz").read_bytes()).decode()
    )
