"""What a server counts and measures, for Prometheus.

A server has one ``Metrics``, and hands it to those who count. To count something new, add an
attribute in ``__init__``; what can be read from an object at the time of a scrape instead, give in a
function to ``observe``. Either way it gets a row in docs/operations.md, which a test demands. Labels
hold what the operator or this code named (methods, verdicts, plugins), and never what a caller sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from amity.plugins.host import PluginRecord
from amity.service.active import ActiveJudge
from amity.service.gate import Gate
from amity.service.reload_state import ReloadState
from amity.versions import amity_version

__all__ = ["Metrics", "counted", "gate_metrics", "gauged", "plugin_metrics", "policy_metrics"]

# From a single short conversation to a full batch of long ones; in seconds.
DURATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

Observe = Callable[[], Iterable[Metric]]


class Metrics:
    """The metrics of one server in a ``registry`` of its own, so that servers never share any."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "amity_rpc_requests",
            "Calls that have ended, by method and gRPC status.",
            ["method", "code"],
            registry=self.registry,
        )
        self.durations = Histogram(
            "amity_rpc_duration_seconds",
            "How long calls took from their arrival in our code to the answer.",
            ["method"],
            buckets=DURATIONS,
            registry=self.registry,
        )
        self.running = Gauge(
            "amity_rpc_running",
            "Calls that have begun and are not answered yet.",
            registry=self.registry,
        )
        self.decisions = Counter(
            "amity_decisions",
            "Decisions that were made, by verdict.",
            ["verdict"],
            registry=self.registry,
        )
        self.observe(lambda: [gauged("amity_build_info", "Always 1.", 1, version=amity_version())])

    def observe(self, read: Observe) -> None:
        """Have *read* called at each scrape, in a thread of its own, for metrics as they are then."""
        self.registry.register(_Observed(read))

    def ended(self, method: str, code: str, seconds: float) -> None:
        """Count a call of *method*, a full name such as "/amity.v1.PolicyService/GetStatus"."""
        name = method.removeprefix("/")
        self.requests.labels(name, code).inc()
        self.durations.labels(name).observe(seconds)


class _Observed(Collector):
    def __init__(self, read: Observe) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """The metrics of this moment."""
        return self._read()


def gauged(name: str, what: str, value: float, **labels: str) -> GaugeMetricFamily:
    """A gauge with one value."""
    family = GaugeMetricFamily(name, what, labels=tuple(labels))
    family.add_metric(tuple(labels.values()), value)
    return family


def counted(name: str, what: str, value: float) -> CounterMetricFamily:
    """A counter, *name* without its ``_total``, with one value."""
    return CounterMetricFamily(name, what, value=value)


def gate_metrics(gate: Gate) -> Iterator[Metric]:
    """How much work waits, and how much was let in or turned away."""
    yield gauged(
        "amity_gate_waiting", "Conversations that are let in and not judged yet.", gate.waiting
    )
    yield counted("amity_gate_admitted", "Conversations that were let in.", gate.let_in)
    yield counted(
        "amity_gate_refused",
        "Conversations that were refused because too many waited.",
        gate.refused,
    )


def policy_metrics(active: ActiveJudge, state: ReloadState | None) -> Iterator[Metric]:
    """Which policies judge, and what became of newer ones; without a *state* there are none."""
    now, told = active.current, state or ReloadState()
    digest = now.judge.bundle.digest
    yield gauged("amity_policy_active_info", "Always 1, for the active bundle.", 1, digest=digest)
    yield gauged(
        "amity_policy_active_since_timestamp_seconds",
        "When the active bundle became active.",
        now.since.timestamp(),
    )
    reloads = CounterMetricFamily(
        "amity_policy_reloads", "Looks at the sources, by what came of them.", labels=("result",)
    )
    for result in ("activated", "unchanged", "refused"):
        reloads.add_metric((result,), getattr(told, result))
    yield reloads
    yield gauged(
        "amity_policy_last_reload_successful",
        "1 while the newest policies are good, 0 while they are not.",
        told.failure is None,
    )
    yield gauged(
        "amity_policy_last_reload_success_timestamp_seconds",
        "When the newest policies were last found good; 0 if not since the start.",
        _success(now.since, state),
    )
    yield gauged(
        "amity_policy_failing_since_timestamp_seconds",
        "Since when there have been no good newest policies; 0 while there are.",
        told.failure.since.timestamp() if told.failure else 0.0,
    )
    yield gauged(
        "amity_policy_problems",
        "Problems that keep the newest policies from being active.",
        len(told.failure.problems) if told.failure else 0,
    )
    yield gauged(
        "amity_policy_warnings", "Warnings of lint about the active policies.", len(told.warnings)
    )
    yield gauged(
        "amity_policy_from_last_good",
        "1 while the last good policies of an earlier run judge.",
        told.from_last_good,
    )


def _success(since: datetime, state: ReloadState | None) -> float:
    if state is None:
        return since.timestamp()
    return state.good_at.timestamp() if state.good_at else 0.0


def plugin_metrics(records: Iterable[PluginRecord]) -> Iterator[Metric]:
    """How each plugin that is not disabled is doing."""
    healthy = GaugeMetricFamily(
        "amity_plugin_healthy",
        "1 for a plugin that is loaded and has never failed, else 0.",
        labels=("plugin", "version"),
    )
    failures = CounterMetricFamily(
        "amity_plugin_failures", "Failures of what a plugin contributed.", labels=("plugin",)
    )
    for record in records:
        if record.health != "disabled":
            healthy.add_metric((record.name, record.version), record.health == "ok")
            failures.add_metric((record.name,), record.failures)
    yield healthy
    yield failures
