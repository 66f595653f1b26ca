"""The server: one process, one event loop, and a way to stop that loses no call."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import TextIO

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from structlog.typing import FilteringBoundLogger

from amity.judge import Judge
from amity.log.log import DecisionLog
from amity.plugins.host import PluginHost
from amity.service.active import ActiveJudge
from amity.service.anchoring import Anchoring, anchoring
from amity.service.answering import Answering
from amity.service.decision_servicer import DecisionServicer
from amity.service.decisions import Decisions
from amity.service.delivering import delivering_for
from amity.service.garbage import Collector
from amity.service.gate import Gate
from amity.service.health import SERVICES, Health
from amity.service.interceptors import Boundary, report_fault
from amity.service.judging import Judging
from amity.service.listening import listen
from amity.service.log_metrics import log_metrics
from amity.service.log_opening import opened_log
from amity.service.logs import open_log
from amity.service.metrics import Metrics, gate_metrics, plugin_metrics, policy_metrics
from amity.service.opening import Policies
from amity.service.past_policies import PastJudges, PastPolicies, beside
from amity.service.recording import Recording
from amity.service.reload_state import ReloadState
from amity.service.reloading import Pace, Reloader
from amity.service.retention import retaining_for
from amity.service.scraping import scraped
from amity.service.servicers import CatalogServicer, EvaluationServicer, PolicyServicer
from amity.service.settings import Settings
from amity.service.validation import Validation
from amity.service.worker import Worker
from amity.v1 import (
    catalog_service_pb2_grpc,
    decision_service_pb2_grpc,
    evaluation_service_pb2_grpc,
    policy_service_pb2_grpc,
)

__all__ = ["running_server", "serve"]

MIN_PING_INTERVAL_MS = 10_000
LAST_BYTES_S = 0.1  # for what the last answers have left in the buffers of their connections


class _Server:
    """A server that is built and stopped in one event loop."""

    def __init__(
        self,
        judge: Judge,
        settings: Settings,
        log: FilteringBoundLogger,
        policies: Policies | None = None,
        *,
        decision_log: DecisionLog | None = None,
        anchors: Anchoring | None = None,
        owns_process: bool = False,
    ) -> None:
        self._settings, self._log = settings, log
        self._recording = Recording(decision_log, settings.durability, log)
        self._retaining = retaining_for(settings, decision_log, log)
        self._delivering = delivering_for(settings, self._recording, judge.host, log)
        self._collector = Collector(is_ours=owns_process)
        self._collector.settle()
        self._active = ActiveJudge(judge, datetime.now(UTC))
        self._worker = Worker(settings.check_timeout_s, settings.check_memory_mb)
        self._health = Health(judge.host, policies.state if policies else None, self._recording)
        self._reloader = self._reloader_of(policies) if policies else None
        self._validation = Validation(
            self._active, self._worker, tuple(policies.sources if policies else ()), settings.trust
        )
        self._metrics, self._gate = Metrics(), Gate(settings.max_waiting)
        self._boundary = Boundary(log, self._metrics)
        self._server = grpc.aio.server(interceptors=[self._boundary], options=_options(settings))
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()
        self._add_services()
        self._add_metrics(judge.host, policies.state if policies else None)
        if anchors:
            anchors.follow(decision_log)
            self._recording.watched = (lambda: anchors.failure,)
            self._metrics.observe(anchors.metrics)

    def _reloader_of(self, policies: Policies) -> Reloader:
        pace = Pace(self._settings.watch_every_s, self._settings.poll_every_s)
        return Reloader(
            self._active,
            policies,
            pace,
            worker=self._worker,
            log=self._log,
            collector=self._collector,
            on_change=self._health.look,
        )

    def _add_services(self) -> None:
        judging = Judging(
            self._active,
            self._settings.limits,
            lambda error: report_fault(self._log, error, "EvaluateBatch"),
            self._delivering,
        )
        answering = Answering(self._recording)
        evaluation_service_pb2_grpc.add_EvaluationServiceServicer_to_server(
            EvaluationServicer(judging, self._gate, self._metrics, answering), self._server
        )
        decision_service_pb2_grpc.add_DecisionServiceServicer_to_server(
            DecisionServicer(self._decisions()), self._server
        )
        policy_service_pb2_grpc.add_PolicyServiceServicer_to_server(
            PolicyServicer(self._active, self._validation, self._recording, self._reloader),
            self._server,
        )
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(
            CatalogServicer(self._active), self._server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health.servicer, self._server)
        known = (
            *SERVICES,
            health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
            reflection.SERVICE_NAME,
        )
        reflection.enable_server_reflection(known, self._server)

    def _decisions(self) -> Decisions:
        folder = self._settings.kept_policies or beside(self._settings.log)
        kept = PastPolicies(folder) if folder else None
        judges = PastJudges(lambda: [self._active.judge], kept)
        return Decisions(self._recording.log, judges)

    def _add_metrics(self, host: PluginHost, state: ReloadState | None) -> None:
        self._metrics.observe(lambda: gate_metrics(self._gate))
        self._metrics.observe(lambda: policy_metrics(self._active, state))
        self._metrics.observe(lambda: plugin_metrics(host.records))
        self._metrics.observe(lambda: log_metrics(self._recording))
        if self._delivering:
            self._metrics.observe(self._delivering.metrics)
        if self._retaining:
            self._metrics.observe(self._retaining.metrics)

    async def run(self, on_ready: Callable[[str], None]) -> None:
        """Listen, call *on_ready* with the address, and serve until asked to stop. Raises StartupError."""
        settings = self._settings
        if settings.metrics_port is None:
            return await self._serve(on_ready)
        with scraped(self._metrics.registry, settings.host, settings.metrics_port) as address:
            self._log.info("metrics_served", address=address)
            return await self._serve(on_ready)

    async def _serve(self, on_ready: Callable[[str], None]) -> None:
        port = listen(self._server, self._settings)
        await self._health.begin()
        await self._server.start()
        async with asyncio.TaskGroup() as tasks:
            watching = [tasks.create_task(self._health.watch())]
            if self._reloader:
                watching.append(tasks.create_task(self._reloader.run()))
            if self._retaining:
                watching.append(tasks.create_task(self._retaining.run()))
            if self._delivering:
                tasks.create_task(self._delivering.run())
            on_ready(self._settings.address.rpartition(":")[0] + f":{port}")
            await self._stop.wait()
            for task in watching:
                task.cancel()
            await self._drain()
            if self._delivering:
                self._delivering.stop()
        self._worker.stop()

    def reload(self) -> None:
        """Look for new policies, if there are sources to look at."""
        if self._reloader:
            self._reloader.ask()

    def stop(self) -> None:
        """Stop once running calls are done; a second time, stop at once."""
        if self._stop.is_set():
            self._stop_now.set()
        self._stop.set()

    async def _drain(self) -> None:
        self._log.info(
            "draining", drain_wait_s=self._settings.drain_wait_s, grace_s=self._settings.grace_s
        )
        await self._health.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop_now.wait(), self._settings.drain_wait_s)
        async with asyncio.TaskGroup() as tasks:
            stopping = tasks.create_task(self._server.stop(self._settings.grace_s))
            hurrying = tasks.create_task(self._hurry())
            await stopping
            hurrying.cancel()
        self._log.info("stopped")

    async def _hurry(self) -> None:
        # Someone who watches the health would otherwise hold the server for the whole grace.
        idle = asyncio.ensure_future(self._boundary.until_idle())
        now = asyncio.ensure_future(self._stop_now.wait())
        try:
            await asyncio.wait((idle, now), return_when=asyncio.FIRST_COMPLETED)
            if not self._stop_now.is_set():
                await asyncio.sleep(LAST_BYTES_S)
            await self._server.stop(None)
        finally:
            idle.cancel()
            now.cancel()


def _options(settings: Settings) -> list[tuple[str, int]]:
    return [
        # With SO_REUSEPORT, a second server on the same port would start and take half of the calls.
        ("grpc.so_reuseport", 0),
        ("grpc.max_receive_message_length", settings.limits.max_message_bytes),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_INTERVAL_MS),
    ]


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def serve(
    judge: Judge,
    settings: Settings,
    on_ready: Callable[[str], None] = lambda _: None,
    log_stream: TextIO | None = None,
    policies: Policies | None = None,
) -> None:
    """Serve in this thread, the main one, until SIGTERM or SIGINT; the log goes to *log_stream*.

    The signal lets running calls finish; a second one stops at once. *policies*, which opened
    *judge*, are followed and put in its place when they change; SIGHUP has them looked at now. What
    is queued for the decision log is written before it returns. Raises StartupError and LogRefused.
    """

    async def main() -> None:
        stream = log_stream or sys.stdout
        log = open_log(stream, settings.log_level)
        with (
            anchoring(settings, stream, log) as anchors,
            opened_log(settings, log) as decision_log,
        ):
            server = _Server(
                judge,
                settings,
                log,
                policies,
                decision_log=decision_log,
                anchors=anchors,
                owns_process=True,
            )
            loop = asyncio.get_running_loop()
            if hasattr(signal, "SIGHUP"):
                loop.add_signal_handler(signal.SIGHUP, server.reload)
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, server.stop)
            await server.run(on_ready)

    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(main())


@contextmanager
def running_server(
    judge: Judge,
    settings: Settings | None = None,
    log_stream: TextIO | None = None,
    policies: Policies | None = None,
    decision_log: DecisionLog | None = None,
) -> Iterator[str]:
    """A server in a thread of its own, for as long as the block runs; gives its address.

    Without *settings*, it takes a free port. *policies*, which opened *judge*, are followed.
    *decision_log* is written to, and left open, in place of one that *settings* name. Raises
    StartupError and LogRefused.
    """
    chosen = settings or Settings(port=0, drain_wait_s=0.0, log_level="error")
    ready: SimpleQueue[tuple[str, Callable[[], object]] | BaseException] = SimpleQueue()

    async def main() -> None:
        stream = log_stream or sys.stderr
        log = open_log(stream, chosen.log_level)
        with (
            anchoring(chosen, stream, log) as anchors,
            nullcontext(decision_log) if decision_log else opened_log(chosen, log) as opened,
        ):
            server = _Server(judge, chosen, log, policies, decision_log=opened, anchors=anchors)
            loop = asyncio.get_running_loop()
            await server.run(
                lambda address: ready.put((address, lambda: loop.call_soon_threadsafe(server.stop)))
            )

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=_new_loop) as runner:
                runner.run(main())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            ready.put(error)

    thread = threading.Thread(target=run, name="amity-server", daemon=True)
    thread.start()
    started = ready.get()
    if isinstance(started, BaseException):
        thread.join()
        raise started
    address, stop = started
    try:
        yield address
    finally:
        stop()
        thread.join()
