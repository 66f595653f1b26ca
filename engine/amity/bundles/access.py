"""How a server of bundles lets us in, and whose certificate it must have.

The secret itself stands neither in a command line nor in an address, where others would see it: it is
named, and read anew for every request, so that a new one counts without a restart.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from amity.errors import BadBundle, Problem

__all__ = ["OPEN", "Access"]

MOST_BYTES = 10_000
VARIABLE, FILE = "env:", "file:"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Access:
    """``authorization`` names where the value of that header is: "env:NAME" or "file:PATH".

    ``ca`` is a PEM file of the authorities to trust for https, instead of those of the system.
    """

    authorization: str = ""
    ca: Path | None = None

    def header(self, url: str) -> str:
        """The value of the header for *url*, or nothing. Raises BadBundle if it cannot be had."""
        if not self.authorization:
            return ""
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            fix = "use an https:// address, or leave out --source-authorization"
            raise _bad("B236", url, "anybody on the way could read the authorization", fix)
        value = self._read().strip()
        if not value or not value.isascii() or not value.isprintable():
            message = f"{self.authorization} holds no value of an Authorization header"
            raise _bad("B236", url, message, "write one line, such as: Bearer SECRET")
        return value

    def _read(self) -> str:
        if self.authorization.startswith(VARIABLE):
            return os.environ.get(self.authorization.removeprefix(VARIABLE), "")
        path = self.authorization.removeprefix(FILE)
        fix = "name env:VARIABLE, or file:PATH of a file that the server can read"
        if path == self.authorization:
            # What stands there may be the secret itself, so it is not told.
            message = "the authorization is neither of a variable nor of a file"
            raise _bad("B236", "", message, fix)
        try:
            with Path(path).open("rb") as file:
                return file.read(MOST_BYTES).decode("ascii", errors="replace")
        except OSError as error:
            message = f"the authorization cannot be read: {error.strerror}"
            raise _bad("B236", path, message, fix) from error

    def context(self) -> ssl.SSLContext:
        """What https addresses are checked with. Raises BadBundle."""
        if self.ca is None:
            return ssl.create_default_context()
        try:
            return ssl.create_default_context(cafile=str(self.ca))
        except (OSError, ValueError) as error:
            reason = "it is not a PEM file of certificates"
            if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
                reason = error.strerror or str(error)
            message = f"the authorities to trust cannot be read: {reason}"
            raise _bad("B237", str(self.ca), message, "name a PEM file with --source-ca") from error


OPEN = Access()


def _bad(code: str, file: str, message: str, fix: str) -> BadBundle:
    return BadBundle("The policies cannot be had.", [Problem(code, message, file=file, fix=fix)])
