"""What privacy can refuse, one class for each thing that a caller does about it."""

from __future__ import annotations

from amity.errors import AmityError, Problem

__all__ = ["BadKeys", "BadPrivacyPolicy", "CannotOpen", "NothingToErase", "cannot_open"]


class BadPrivacyPolicy(AmityError):
    """A privacy file does not load."""


class BadKeys(AmityError):
    """A master key or a hash key cannot be used."""


class CannotOpen(AmityError):
    """A sealed original cannot be opened: its key was destroyed or is not here, or it is damaged.

    The problem's code says which, so that a replay can say why it cannot compare.
    """


class NothingToErase(AmityError):
    """No key of the customer or the conversation is there to be destroyed."""


def cannot_open(code: str, message: str, fix: str) -> CannotOpen:
    """The error for an original that cannot be opened."""
    return CannotOpen("The original cannot be opened.", [Problem(code, message, fix=fix)])
