"""For those who run the server: is it alive, is it ready, what has it counted."""

from __future__ import annotations

import hmac
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from demo.api import Desk, Gone
from demo.metrics import CONTENT_TYPE, Metrics, resident_bytes
from demo.proxies import is_loopback, is_passed_on

NOT_KEPT = {"Cache-Control": "no-store"}


def create_health_router(desk: Desk, metrics: Metrics) -> APIRouter:
    router = APIRouter(prefix="/iph")

    @router.get("/health/live")
    async def live() -> Response:
        """The server answers."""
        return JSONResponse({"status": "live"}, headers=NOT_KEPT)

    @router.get("/health/ready")
    async def ready() -> Response:
        """200 when the models are loaded; 503 while they load and where they could not be."""
        state = desk.engine.state
        return JSONResponse({"status": state}, 200 if state == "ready" else 503, headers=NOT_KEPT)

    @router.get("/metrics")
    async def counted(request: Request) -> Response:
        """For whom knows IPH_METRICS_TOKEN; without one, for this machine only."""
        if not may_read(request, desk.settings.metrics_token):
            raise Gone
        return Response(metrics.text(gauges(desk)), media_type=CONTENT_TYPE, headers=NOT_KEPT)

    @router.get("/queue")
    async def place(ticket: str) -> dict[str, Any]:
        """The place of a step that waits, and about how many seconds; 0 where it does not."""
        found = desk.workers.place(ticket)
        return {"place": found, "seconds": desk.workers.seconds(found) if found else 0}

    return router


def may_read(request: Request, token: str) -> bool:
    if token:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent.encode(), token.encode())
    peer = request.client.host if request.client else ""
    return is_loopback(peer) and not is_passed_on(request.scope)


def gauges(desk: Desk) -> dict[str, tuple[str, float]]:
    workers, store = desk.workers, desk.store
    return {
        "iph_models_ready": ("1 when the models are loaded.", desk.engine.state == "ready"),
        "iph_steps_running": ("Heavy steps that run now.", workers.running),
        "iph_steps_waiting": ("Heavy steps that wait for a worker.", workers.waiting),
        "iph_steps_refused_total": ("Heavy steps that were answered busy.", workers.refused),
        "iph_sessions": ("Sessions now.", len(store)),
        "iph_photos_open": ("Photos held in memory now.", store.open_photos),
        "iph_embeddings": ("Embeddings kept now.", len(store.embeddings)),
        "process_resident_memory_bytes": ("Resident memory in bytes.", resident_bytes()),
    }
