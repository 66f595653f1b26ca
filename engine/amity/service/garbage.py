"""Keeps Python's collector of garbage from halting the server over objects that stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Collector"]


class Collector:
    """The collector of this process, if the process is the server's own; else it is left alone.

    A bundle is some hundred thousand objects that live until the next one comes and then go
    without the collector's help. Each full collection would look at all of them, with every
    request waiting: for a quarter of a second, measured with the shipped bundle.
    """

    def __init__(self, *, is_ours: bool) -> None:
        self._is_ours = is_ours

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Collect nothing while many objects that stay are made."""
        if not self._is_ours:
            yield
            return
        gc.disable()
        try:
            yield
        finally:
            self.settle()
            gc.enable()

    def settle(self) -> None:
        """Have what there is now never looked at again."""
        if self._is_ours:
            gc.collect(1)
            gc.freeze()
