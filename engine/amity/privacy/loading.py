"""Loading the recognisers without anybody waiting for it."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from amity.errors import Problem
from amity.privacy.recognisers import Recognisers, load_recognisers

__all__ = ["Loading"]


class Loading:
    """The recognisers, once a thread of its own has loaded them.

    Nothing happens before `start`. Until they are there `recognisers` is None, and candidates are
    redacted as a whole, unclassified. If they cannot be loaded it stays so, and `problem` says why.
    """

    def __init__(self, countries: Iterable[str], phone_regions: Iterable[str]) -> None:
        self._countries, self._phone_regions = tuple(countries), tuple(phone_regions)
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.recognisers: Recognisers | None = None
        self.problem: Problem | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the recognisers are loaded."""
        return self.recognisers is not None

    def start(self) -> None:
        """Begin to load in the background; a second call does nothing."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._load, name="amity-recognisers", daemon=True
                )
                self._thread.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Start, and wait until loading has ended, well or badly; say whether they are ready."""
        self.start()
        self._done.wait(timeout_s)
        return self.is_ready

    def _load(self) -> None:
        try:
            self.recognisers = load_recognisers(self._countries, self._phone_regions)
        except Exception as error:  # noqa: BLE001 - somebody else's code, and nobody above to catch it
            self.problem = Problem(
                "E130",
                f"the recognisers of personal data cannot be loaded ({type(error).__name__})",
                fix="reinstall presidio-analyzer; until then every candidate is redacted unclassified",
            )
        finally:
            self._done.set()
