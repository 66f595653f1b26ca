"""The address at which Prometheus reads the metrics: plain HTTP on a port of its own."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import ThreadingWSGIServer, make_wsgi_app

from amity.errors import Problem, StartupError

__all__ = ["PATH", "scraped"]

PATH = "/metrics"
PATIENCE_S = 10.0  # for a reader that connects and says nothing


class _Handler(WSGIRequestHandler):
    timeout = PATIENCE_S

    def log_message(self, *_: Any) -> None:
        """Write nothing: the server's log is not for who reads its metrics."""


class _Server(ThreadingWSGIServer):
    def handle_error(self, *_: Any) -> None:
        """Write nothing: a reader that goes away in between is no fault of ours."""


class _Server6(_Server):
    address_family = socket.AF_INET6


@contextmanager
def scraped(registry: CollectorRegistry, host: str, port: int) -> Iterator[str]:
    """Serve *registry* for as long as the block runs; gives the address. Raises StartupError."""
    server = _listening(registry, host.strip("[]"), port)
    thread = threading.Thread(
        target=server.serve_forever, args=(0.1,), name="amity-metrics", daemon=True
    )
    thread.start()
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        yield f"http://{shown}:{server.server_port}{PATH}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _listening(registry: CollectorRegistry, host: str, port: int) -> WSGIServer:
    kind = _Server6 if ":" in host else _Server
    try:
        return make_server(host, port, _app(registry), kind, _Handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} on {host}, for the metrics, is in use"
            fix = "stop the other program, or choose another port with --metrics-port"
            problem = Problem("S101", message, fix=fix)
        else:
            message = f"cannot listen on {host}:{port} for the metrics: {error.strerror or error}"
            fix = "choose another address with --host and --metrics-port"
            problem = Problem("S102", message, fix=fix)
        raise StartupError("the server cannot start", [problem]) from error


def _app(registry: CollectorRegistry) -> Callable[..., Any]:
    metrics = make_wsgi_app(registry)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] == PATH:
            return metrics(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [f"The metrics are at {PATH}.\n".encode()]

    return app
