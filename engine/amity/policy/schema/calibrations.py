"""The schema of files of kind Calibration."""

from __future__ import annotations

from amity.calibration import MOST_POINTS
from amity.policy.load import API_VERSION
from amity.policy.schema.words import Schema, described, mapping, number, text
from amity.signals import Catalogue

__all__ = ["calibration_schema"]

_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def calibration_schema(catalogue: Catalogue) -> Schema:
    """A file of kind Calibration, for the signals of *catalogue*."""
    signals = {
        definition.name: described(_signal(), definition.name, definition.meaning)
        for definition in catalogue
    }
    return described(
        mapping(
            {
                "apiVersion": {"const": API_VERSION},
                "kind": {"const": "Calibration"},
                "metadata": _header(),
                "signals": described(
                    {"type": "object", "properties": signals, "additionalProperties": False},
                    "signals",
                    "What the scores of each signal are worth.",
                ),
            },
            ("apiVersion", "kind", "metadata", "signals"),
        ),
        "Calibration",
        "What detectors' scores are worth with one's own customers (docs/calibration.md).",
    )


def _header() -> Schema:
    return described(
        mapping(
            {
                "name": text("name", "Its name."),
                "owner": text("owner", "Who answers for it."),
                "version": _count("version", "Its version.", 1, 1_000_000),
                "intent": text("intent", "What it is for."),
            },
            ("name", "owner", "version"),
        ),
        "Metadata",
        "What the file is.",
    )


def _signal() -> Schema:
    pair = {"type": "array", "items": _SHARE, "minItems": 2, "maxItems": 2}
    curve: Schema = {"type": "array", "items": pair, "minItems": 2, "maxItems": MOST_POINTS}
    return mapping(
        {
            "curve": described(curve, "curve", "Pairs of a score and the share that was right."),
            "least": number(0, 1, "least", "Findings whose calibrated score is less are dropped."),
            "turns": _count("turns", "Labelled turns in which the signal could be."),
            "found": _count("found", "In how many of them it was found."),
            "right": _count("right", "In how many of those it was right."),
        }
    )


def _count(title: str, description: str, low: int = 0, high: int = 1_000_000_000) -> Schema:
    return described({"type": "integer", "minimum": low, "maximum": high}, title, description)
