"""What a contribution must be like to be taken; each check raises with the reason why it is not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from amity.plugins.contract import Action, Detector, Refiner
from amity.signals import SPEAKERS, Catalogue, Kind, SignalDefinition

__all__ = ["check_action", "check_detector", "check_folder", "check_refiner", "check_signal"]


def check_signal(definition: object, known: Iterable[SignalDefinition]) -> None:
    """Refuse a definition that is malformed, known already, or reads an employee's emotion."""
    if not isinstance(definition, SignalDefinition):
        raise TypeError(
            f"amity_signals must give SignalDefinition values, not {type(definition).__name__}"
        )
    subject, dot, behaviour = definition.name.partition(".")
    if subject not in SPEAKERS or not dot or not behaviour.isidentifier():
        raise ValueError(
            f'"{definition.name}" must read subject.behaviour, with one of: {", ".join(SPEAKERS)}'
        )
    if definition.name in {other.name for other in known}:
        raise ValueError(f'the signal "{definition.name}" is already in the catalogue')
    if definition.kind is Kind.EMOTION and subject != "customer":
        raise ValueError(
            f'"{definition.name}" would infer an emotion of an employee, which Amity never does'
        )
    if not definition.meaning.strip():
        raise ValueError(f'the signal "{definition.name}" needs a meaning')


def check_action(action: object, known: Mapping[str, object]) -> None:
    """Refuse an action without a name, a title and ``propose``, or with a name that is taken."""
    if not isinstance(action, Action) or not action.name or not action.title:
        raise TypeError("amity_actions must give objects with name, title and propose()")
    if not callable(getattr(action, "message", print)):
        raise TypeError(f'message of the action "{action.name}" must be a method')
    if action.name in known:
        raise ValueError(f'the action "{action.name}" is already contributed by another plugin')


def check_detector(detector: object, catalogue: Catalogue, taken: Mapping[str, str]) -> None:
    """Refuse a detector that is malformed, has a name that is taken, or reports unknown signals."""
    if not isinstance(detector, Detector) or not detector.name:
        raise TypeError("amity_detectors must give objects with name, signals and detect()")
    if detector.name in taken:
        raise ValueError(
            f'a detector "{detector.name}" is already contributed by {taken[detector.name]}'
        )
    _check_names(f'the detector "{detector.name}" reports', detector.signals, catalogue)


def check_refiner(refiner: object, catalogue: Catalogue, taken: Collection[str]) -> None:
    """Refuse a refiner that is malformed, has a name that is taken, or asks for unknown signals."""
    if not isinstance(refiner, Refiner) or not refiner.name:
        raise TypeError("amity_refiners must give objects with name, signals and refine()")
    if refiner.name in taken:
        raise ValueError(f'a refiner "{refiner.name}" is already contributed by another plugin')
    _check_names(f'the refiner "{refiner.name}" asks for', refiner.signals, catalogue)


def _check_names(what: str, signals: Collection[str], catalogue: Catalogue) -> None:
    unknown = sorted(name for name in signals if name not in catalogue)
    if unknown:
        raise ValueError(f"{what} {', '.join(unknown)}, which no plugin has added to the catalogue")


def check_folder(folder: object) -> None:
    """Refuse what is not an existing folder."""
    if not isinstance(folder, Path) or not folder.is_dir():
        raise NotADirectoryError(f"amity_policies must give folders that exist, not {folder}")
