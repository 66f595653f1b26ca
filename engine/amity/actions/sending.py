"""One attempt at a delivery: look up, connect to exactly what was looked up, post, read a little."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

import h11

from amity.actions.addresses import Address, refusal
from amity.actions.targets import Target
from amity.actions.waiting import retry_after_s
from amity.versions import amity_version

__all__ = ["Failure", "Post", "Resolver", "Sender", "SystemResolver"]

MAX_BODY = 16 * 1024
"""Bytes of an answer that are read; what comes after them is never asked for."""
MAX_HEAD = 32 * 1024
CHUNK = 16 * 1024
REST_S = 1.0
OK, REDIRECT, CLIENT_ERROR, SERVER_ERROR = 200, 300, 400, 500
TOO_MANY_REQUESTS, UNAVAILABLE, GONE = 429, 503, 410


class Failure(Exception):
    """An attempt failed. Its text holds nothing of the message, the path it was sent to, or the answer's body.

    ``is_down`` says that the target seems to fail for every message, ``is_final`` that it wants this
    one never again.
    """

    def __init__(
        self,
        reason: str,
        *,
        is_down: bool = True,
        status: int | None = None,
        retry_after: float = 0.0,
        is_final: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_down = is_down
        self.status = status
        self.retry_after = retry_after
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent: the exact bytes of the body, and headers beside those of HTTP itself."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str]


class Resolver(Protocol):
    """Looks names up."""

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """Every address of *host*, the preferred first. Raises OSError if there is none."""
        ...


class SystemResolver:
    """Looks names up as the system does, in threads of its own: a slow name holds nothing else up."""

    def __init__(self, threads: int = 8) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="amity-names")

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """Every address that the system knows."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(map(ip_address, found)))

    def close(self) -> None:
        """Wait for nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Sender:
    """Sends posts to targets, each over a connection of its own."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def send(self, target: Target, post: Post) -> int:
        """Post *post* to *target* and give the status, which is 2xx. Raises Failure for all else."""
        try:
            async with asyncio.timeout(target.timeout_s):
                return await self._send(target, post)
        except TimeoutError as error:
            raise Failure(f"no answer within {target.timeout_s:g} s") from error
        except ssl.SSLCertVerificationError as error:
            reason = f"its certificate is not to be trusted: {error.verify_message}"
            raise Failure(reason) from error
        except ssl.SSLError as error:
            raise Failure(f"TLS failed: {error.reason or 'the connection ended'}") from error
        except OSError as error:
            raise Failure(f"the connection failed: {_reason(error)}") from error
        except h11.ProtocolError as error:
            raise Failure("the answer is not HTTP, or too long") from error

    async def _send(self, target: Target, post: Post) -> int:
        parts = urlsplit(target.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = await self._checked(target, port)
        context = _context(target.ca_file) if parts.scheme == "https" else None
        reader, writer = await _connected(addresses, port, context, target)
        try:
            response = await _exchange(reader, writer, _request(target.url, post), post.body)
        finally:
            # Closed at once: a target that has more to say is not listened to.
            writer.transport.abort()
        return _judged(response)

    async def _checked(self, target: Target, port: int) -> Sequence[Address]:
        try:
            addresses = await self._resolver.addresses(target.host, port)
        except (OSError, UnicodeError) as error:
            raise Failure(f"the name {target.host} cannot be looked up") from error
        for address in addresses:
            if reason := refusal(address, allow_private=target.allow_private):
                what = f"{target.host} is at {address}, to which nothing is sent: {reason}"
                raise Failure(what)
        return addresses


async def _connected(
    addresses: Sequence[Address], port: int, context: ssl.SSLContext | None, target: Target
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the first of *addresses* that takes one; the certificate must be for the name."""
    last: OSError = OSError("the name has no address")
    for address in addresses:
        try:
            # No address may use up the time of those after it.
            async with asyncio.timeout(target.timeout_s / len(addresses)):
                return await asyncio.open_connection(
                    str(address),
                    port,
                    ssl=context,
                    server_hostname=target.host if context else None,
                )
        except ssl.SSLError:
            raise
        except TimeoutError:
            last = OSError(f"{address} does not answer")
        except OSError as error:
            last = error
    raise last


@cache
def _context(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _request(url: str, post: Post) -> h11.Request:
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {
        "host": parts.netloc,
        "user-agent": f"amity/{amity_version()}",
        "content-length": str(len(post.body)),
        "connection": "close",
        **post.headers,
    }
    return h11.Request(method="POST", target=path, headers=list(headers.items()))


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    request: h11.Request,
    body: bytes,
) -> h11.Response:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
    events = (request, h11.Data(data=body), h11.EndOfMessage())
    writer.write(b"".join(connection.send(event) or b"" for event in events))
    await writer.drain()
    response = await _response(reader, connection)
    # It has answered; whether the rest of what it says arrives changes nothing.
    with suppress(OSError, h11.ProtocolError):
        async with asyncio.timeout(REST_S):
            await _rest(reader, connection)
    return response


async def _response(reader: asyncio.StreamReader, connection: h11.Connection) -> h11.Response:
    while not isinstance(event := await _event(reader, connection), h11.Response):
        if isinstance(event, h11.ConnectionClosed):
            raise OSError("it was closed before an answer came")
    return event


async def _rest(reader: asyncio.StreamReader, connection: h11.Connection) -> None:
    """Read the body, but not more than is worth the while: its sender would rather not be cut off."""
    read = 0
    while read < MAX_BODY and isinstance(event := await _event(reader, connection), h11.Data):
        read += len(event.data)


async def _event(reader: asyncio.StreamReader, connection: h11.Connection) -> object:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(CHUNK))
    return event


def _judged(response: h11.Response) -> int:
    """The status, if it says that the message was taken."""
    status = response.status_code
    if OK <= status < REDIRECT:
        return status
    if REDIRECT <= status < CLIENT_ERROR:
        raise Failure(
            f"it redirects ({status}), which is not followed; name the new address",
            is_down=False,
            status=status,
        )
    header = dict(response.headers).get(b"retry-after", b"").decode("latin-1")
    raise Failure(
        f"it answered {status}",
        is_down=status >= SERVER_ERROR or status == TOO_MANY_REQUESTS,
        status=status,
        retry_after=retry_after_s(header) if header else 0.0,
        is_final=status == GONE,
    )


def _reason(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__)[:200].lower()
