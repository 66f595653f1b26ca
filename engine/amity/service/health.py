"""Health by component, after the standard health protocol."""

from __future__ import annotations

import asyncio

from grpc_health.v1 import health, health_pb2

from amity.plugins.host import PluginHost
from amity.service.recording import Recording
from amity.service.reload_state import ReloadState

__all__ = ["COMPONENTS", "SERVICES", "Health"]

SERVICES = (
    "amity.v1.CatalogService",
    "amity.v1.DecisionService",
    "amity.v1.EvaluationService",
    "amity.v1.PolicyService",
)
COMPONENTS = ("", *SERVICES, "policies", "plugins", "log")
LOOK_EVERY_S = 1.0
WELL = ("ok", "disabled")


class Health:
    """Keeps the health of each component: "" for the whole, each service, policies, plugins, the log.

    ``plugins`` is NOT_SERVING while a plugin is not loaded or has failed; the server still judges
    then, with the rules that need the plugin abstained. ``policies`` is while the newest policies
    are not good; the server then judges by the last good ones. ``log`` is while decisions cannot be
    written, or have not been anchored for long, and is not known at all where the server keeps no log.
    """

    def __init__(
        self,
        host: PluginHost,
        reload: ReloadState | None = None,
        recording: Recording | None = None,
    ) -> None:
        self.servicer = health.aio.HealthServicer()
        self._host, self._reload = host, reload
        self._recording = recording if recording and recording.log is not None else None

    async def begin(self) -> None:
        """Report every service as serving, and the components as they are; call it before any call comes."""
        for name in ("", *SERVICES):
            await self._set(name, is_well=True)
        await self.look()

    async def watch(self) -> None:
        """Follow how the components are doing, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Report how the plugins and the policies are doing now."""
        await self._set(
            "plugins", is_well=all(record.health in WELL for record in self._host.records)
        )
        await self._set("policies", is_well=not (self._reload and self._reload.failure))
        if self._recording:
            await self._set("log", is_well=self._recording.problem is None)

    async def drain(self) -> None:
        """Report everything as not serving, for good."""
        await self.servicer.enter_graceful_shutdown()

    async def _set(self, component: str, *, is_well: bool) -> None:
        status = health_pb2.HealthCheckResponse
        await self.servicer.set(component, status.SERVING if is_well else status.NOT_SERVING)
