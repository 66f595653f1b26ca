"""Every code that can be given for a policy, cue or case file, with its documentation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from amity.policy.lint import (
    conduct,
    coverage,
    detection,
    exceptions,
    occasions,
    prose,
    refused_bundles,
    refused_calibrations,
    refused_cases,
    refused_conditions,
    refused_cues,
    refused_policies,
    refused_whens,
    refused_yaml,
    rivals,
    scoping,
    text_traps,
    weights,
)
from amity.policy.lint.check import Check
from amity.policy.lint.entry import Entry, Level

__all__ = ["CHECKS", "ENTRIES", "level_of"]

CHECKS: tuple[type[Check], ...] = (
    *text_traps.CHECKS,
    *occasions.CHECKS,
    *exceptions.CHECKS,
    *rivals.CHECKS,
    *detection.CHECKS,
    *conduct.CHECKS,
    *prose.CHECKS,
    *weights.CHECKS,
    *scoping.CHECKS,
    *coverage.CHECKS,
)

ENTRIES: Mapping[str, Entry] = MappingProxyType(
    {
        entry.code: entry
        for entry in (
            *refused_bundles.ENTRIES,
            *refused_yaml.ENTRIES,
            *sorted(
                (
                    *refused_policies.ENTRIES,
                    *refused_conditions.ENTRIES,
                    *refused_whens.ENTRIES,
                ),
                key=lambda entry: entry.code,
            ),
            *refused_cues.ENTRIES,
            *refused_cases.ENTRIES,
            *refused_calibrations.ENTRIES,
            *sorted((check.entry() for check in CHECKS), key=lambda entry: entry.code),
        )
    }
)
"""The documentation of every code: what the loader refuses first, then what lint adds."""


def level_of(code: str) -> Level:
    """How bad a finding of *code* is."""
    return ENTRIES[code].level if code in ENTRIES else Level.REFUSED
