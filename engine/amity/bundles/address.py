"""Getting a bundle file from an HTTP or HTTPS address, whatever the other side does."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from amity.bundles.access import OPEN, Access
from amity.bundles.tar import MOST_PACKED_BYTES
from amity.errors import BadBundle, Problem

__all__ = ["Answer", "check_address", "get", "is_address"]

SCHEMES: dict[str, type[http.client.HTTPConnection]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
MOST_REDIRECTS = 3
CHUNK = 65_536
OK, NOT_MODIFIED = 200, 304
Resolve = Callable[..., Sequence[Any]]
REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes at an address, and the tag by which to ask whether they have changed."""

    data: bytes
    etag: str


def is_address(source: str) -> bool:
    """Whether *source* is meant as an address rather than as a path."""
    return source.lower().startswith(("http://", "https://"))


def check_address(url: str) -> SplitResult:
    """The parts of *url*. Raises BadBundle if no bundle can be had there."""
    reason = ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _bad("B230", url, f"the address cannot be read: {error}") from error
    if parts.scheme not in SCHEMES:
        reason = "the address must begin with https:// or http://"
    elif not parts.hostname or port == 0:
        reason = "the address names no host"
    elif parts.username or parts.password:
        reason = "the address must not hold a password, for it is shown in logs"
    elif not url.isascii() or not url.isprintable() or " " in url:
        reason = "the address has characters that must be escaped"
    if reason:
        shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        raise _bad("B230", shown, reason)
    return parts


def get(
    url: str,
    etag: str,
    timeout_s: float,
    access: Access = OPEN,
    *,
    resolve: Resolve = socket.getaddrinfo,
) -> Answer | None:
    """What is at *url* now; None if it is still what had *etag*. Raises BadBundle within *timeout_s*.

    The time counts for everything: finding the host by *resolve*, too. What *access* has to be let in
    goes to the host of *url* alone, wherever that redirects to.
    """
    authorization = access.header(url)
    origin = _origin(url)
    watch = _Watch(timeout_s)
    call = _Call(etag, watch, resolve, access)
    try:
        for _ in range(MOST_REDIRECTS + 1):
            found = call.get(url, authorization if _origin(url) == origin else "")
            if not isinstance(found, str):
                return found
            url = _redirected(url, found)
    except ssl.SSLCertVerificationError as error:
        message = f"its certificate is not one to trust: {error.verify_message}"
        raise _bad("B231", url, message) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if watch.is_over or isinstance(error, TimeoutError):
            message = f"it did not answer within {timeout_s:g} seconds"
            raise _bad("B232", url, message) from error
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _bad("B231", url, f"it cannot be reached: {reason}") from error
    finally:
        watch.stop()
    raise _bad("B234", url, f"it redirects more than {MOST_REDIRECTS} times")


def _redirected(url: str, target: str) -> str:
    new = urljoin(url, target)
    if urlsplit(url).scheme == "https" and urlsplit(new).scheme != "https":
        raise _bad("B234", url, "it redirects from https to an address without")
    try:
        check_address(new)
    except BadBundle as error:
        raise _bad("B234", url, f"it redirects badly: {error.problems[0].message}") from error
    return new


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = check_address(url)
    return parts.scheme, parts.hostname, parts.port


@dataclass(frozen=True, slots=True)
class _Call:
    """What holds for an address and for all that it redirects to."""

    etag: str
    watch: _Watch
    resolve: Resolve
    access: Access

    def get(self, url: str, authorization: str) -> Answer | str | None:
        """The answer, or the address that it redirects to, or None if nothing has changed."""
        parts = check_address(url)
        headers = {"User-Agent": "amity", "Accept-Encoding": "identity", "Connection": "close"}
        if self.etag:
            headers["If-None-Match"] = self.etag
        if authorization:
            headers["Authorization"] = authorization
        with closing(self._connection(parts)) as connection:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers=headers)
            with connection.getresponse() as response:
                return _answer(response, url, self.etag, self.watch)

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        connection = SCHEMES[parts.scheme](parts.hostname or "", parts.port)
        context = self.access.context() if parts.scheme == "https" else None
        connection.sock = self._socket(connection.host, connection.port)
        self.watch.over(connection.sock)
        if context:
            try:
                # Only so is the watch over what the handshake reads.
                secured = context.wrap_socket(
                    connection.sock, server_hostname=connection.host, do_handshake_on_connect=False
                )
                connection.sock = secured
                self.watch.over(secured)
                secured.do_handshake()
            except BaseException:
                connection.close()
                raise
        return connection

    def _socket(self, host: str, port: int) -> socket.socket:
        """A connection to the first of the host's addresses that answers in its share of the time."""
        error: OSError = OSError("the host has no address")
        addresses = self._resolved(host, port)
        for index, (family, kind, protocol, _, address) in enumerate(addresses):
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(self.watch.left_s() / (len(addresses) - index))
                made.connect(address)
                made.settimeout(self.watch.left_s())
            except OSError as raised:
                made.close()
                error = raised
            else:
                return made
        raise error

    def _resolved(self, host: str, port: int) -> Sequence[Any]:
        # A name server that is silent holds a thread for as long as the system sees fit.
        answers: SimpleQueue[Sequence[Any] | OSError] = SimpleQueue()

        def look() -> None:
            try:
                answers.put(self.resolve(host, port, 0, socket.SOCK_STREAM))
            except (OSError, UnicodeError) as error:
                answers.put(error if isinstance(error, OSError) else OSError(str(error)))

        threading.Thread(target=look, name="amity-resolve", daemon=True).start()
        try:
            found = answers.get(timeout=self.watch.left_s())
        except Empty:
            raise TimeoutError from None
        if isinstance(found, OSError):
            raise found
        return found


def _answer(
    response: http.client.HTTPResponse, url: str, etag: str, watch: _Watch
) -> Answer | str | None:
    if response.status == NOT_MODIFIED and etag:
        return None
    if response.status in REDIRECTS and (target := response.getheader("Location")):
        return target
    if response.status != OK:
        raise _bad("B233", url, f"it answered {response.status} {response.reason:.60}".strip())
    return Answer(_body(response, url, watch), response.getheader("ETag") or "")


def _body(response: http.client.HTTPResponse, url: str, watch: _Watch) -> bytes:
    body = bytearray()
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > MOST_PACKED_BYTES:
            raise _bad("B235", url, f"the answer is larger than {MOST_PACKED_BYTES:,} bytes")
    if watch.is_over:
        raise TimeoutError
    length = response.getheader("Content-Length")
    if length and length.isdecimal() and len(body) < int(length):
        raise http.client.HTTPException(f"it broke off after {len(body):,} of {length} bytes")
    return bytes(body)


class _Watch:
    """Shuts the connection when the time is up: a timeout of the socket is only for each read."""

    def __init__(self, timeout_s: float) -> None:
        self._until = time.monotonic() + timeout_s
        self.is_over = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(timeout_s, self._end)
        self._timer.daemon = True
        self._timer.start()

    def left_s(self) -> float:
        """The seconds that are left. Raises TimeoutError when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def over(self, connected: socket.socket) -> None:
        """Watch over *connected* from now on."""
        self._socket = connected
        if self.is_over:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """The time no longer matters."""
        self._timer.cancel()


def _bad(code: str, url: str, message: str) -> BadBundle:
    fix = "check the address" if code in ("B230", "B234") else "check the address and its server"
    return BadBundle("The policies cannot be had.", [Problem(code, message, file=url, fix=fix)])
