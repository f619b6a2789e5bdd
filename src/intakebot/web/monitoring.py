"""Monitoring: whether the process is up, whether it can do its work, and its figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from intakebot.store.desk import Figures
from intakebot.web.site import site_of


def routes() -> list[web.RouteDef]:
    """Where these answers are."""
    return [web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", metrics)]


async def alive(_request: web.Request) -> web.Response:
    """The process is up and answers."""
    return web.Response(text="ok")


async def ready(request: web.Request) -> web.Response:
    """Whether the database answers and every worker runs; 503 with the problems where not."""
    health = site_of(request).health
    problems = list(await health.problems())
    if not health.workers_alive():
        problems.append("A worker has stopped; the log says which.")
    return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)


async def metrics(request: web.Request) -> web.Response:
    """Figures counted from the database, in Prometheus' text format. They name nobody."""
    site = site_of(request)
    now = site.now()
    figures = await site.store.read(lambda work: work.desk.figures(now))
    registry = CollectorRegistry()
    registry.register(_Counted(figures, site.health.workers_alive()))
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class _Counted(Collector):
    """Figures as Prometheus wants them."""

    def __init__(self, figures: Figures, alive: bool) -> None:
        self._figures = figures
        self._alive = alive

    def collect(self) -> Iterator[Metric]:
        """Every figure with its explanation."""
        found = self._figures
        gauges = (
            ("inbox_waiting", "Messages accepted and not yet on a case", found.inbox_waiting),
            ("outbox_waiting", "Letters decided and not yet sent", found.outbox_waiting),
            ("acknowledgements_owed", "Complaints not yet acknowledged", found.acknowledgements_owed),
            ("inbox_parked", "Received messages that wait for a person", found.inbox_parked),
            ("outbox_parked", "Letters that could not be sent", found.outbox_parked),
            ("cases_open", "Cases not yet answered or closed", found.cases_open),
            ("cases_overdue", "Open cases past a due time", found.cases_overdue),
            ("workers_alive", "1 while every worker runs", int(self._alive)),
        )
        for name, meaning, value in gauges:
            yield GaugeMetricFamily(f"intakebot_{name}", meaning, value=value)
        outcomes = CounterMetricFamily(
            "intakebot_messages", "Messages received, by what became of them", labels=["outcome"]
        )
        for outcome, count in found.outcomes:
            outcomes.add_metric([outcome], count)
        yield outcomes
