"""Reads the weights: ``encoder.onnx``, ``tokenizer.json``, and ``model.json``, which vouches for both."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from amity_deep.model import Calibration, Model
from amity_deep.reading import Reader

__all__ = ["ENCODER", "HERE", "MANIFEST", "TOKENIZER", "BadWeights", "digest", "load"]

HERE = Path(__file__).parent / "weights"
MANIFEST, ENCODER, TOKENIZER = "model.json", "encoder.onnx", "tokenizer.json"
_CALIBRATION = ("slope", "offset", "threshold")
_AGAIN = "install amity-deep again: pip install --force-reinstall --no-deps amity-deep"


class BadWeights(RuntimeError):
    """The weights are missing, damaged, or not to be read here; the text says which and what to do."""

    def __init__(self, code: str, path: Path, what: str, fix: str = _AGAIN) -> None:
        super().__init__(f"{code} {path}: {what}; {fix}")


def digest(folder: Path = HERE) -> str:
    """The SHA-256 of ``model.json``, which has those of the files that the model judges by."""
    return hashlib.sha256(_bytes(folder / MANIFEST)).hexdigest()


@cache
def load(folder: Path = HERE) -> Model:
    """The model in *folder*, read once. Raises BadWeights."""
    manifest = _manifest(folder / MANIFEST)
    files = {name: _checked(folder / name, manifest) for name in (ENCODER, TOKENIZER)}
    try:
        session = InferenceSession(files[ENCODER], _options(), providers=["CPUExecutionProvider"])
        reader = Reader(Tokenizer.from_buffer(files[TOKENIZER]))
    except Exception as error:  # whatever onnxruntime and tokenizers raise
        fix = "install versions of onnxruntime and tokenizers that amity-deep asks for (pip check)"
        raise BadWeights("DW4", folder, f"cannot be used ({_line(error)})", fix) from error
    calibration = Calibration(*(np.array(manifest[name], np.float32) for name in _CALIBRATION))
    return Model(session, reader, manifest["signals"], calibration)


def _options() -> SessionOptions:
    """One thread: servers run a process for each core, and another would only wait busily."""
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _manifest(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(path))
        count = sum(map(len, found["signals"].values()))
        fits = all(len(found[name]) == count for name in _CALIBRATION)
        vouches = set(found["sha256"]) == {ENCODER, TOKENIZER}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadWeights("DW2", path, f"is damaged ({_line(error)})") from error
    if not fits or not vouches:
        raise BadWeights("DW2", path, "is damaged (its parts do not fit together)")
    return dict(found)


def _checked(path: Path, manifest: dict[str, Any]) -> bytes:
    content = _bytes(path)
    found, wanted = hashlib.sha256(content).hexdigest(), manifest["sha256"][path.name]
    if found != wanted:
        what = f"is damaged (its SHA-256 is {found[:16]}…, not {str(wanted)[:16]}…)"
        raise BadWeights("DW3", path, what)
    return content


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"cannot be read ({error.strerror or _line(error)})"
        raise BadWeights("DW1", path, what) from error


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
