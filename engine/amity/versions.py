"""Which Amity this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["amity_version"]


def amity_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("amity-engine")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"
