"""Health and figures: honest about what is wrong, and silent about people."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import ClientSession
from tests.web.staff_site import Site, flags, read

from intakebot.domain.labels import Flag


async def test_process_is_alive_whatever_else_is_wrong(site: Site, client: ClientSession) -> None:
    site.health.wrong = ("The case store cannot be reached.",)
    assert await read(client, "/healthz") == "ok"


async def test_not_ready_while_something_is_wrong_or_a_worker_is_dead(site: Site, client: ClientSession) -> None:
    async with client.get("/readyz") as response:
        assert (response.status, await response.json()) == (200, {"ready": True, "problems": []})
    site.health.wrong = ("The case store cannot be reached.",)
    async with client.get("/readyz") as response:
        assert response.status == 503
        assert (await response.json())["problems"] == ["The case store cannot be reached."]
    site.health.wrong, site.health.alive = (), False
    async with client.get("/readyz") as response:
        assert response.status == 503 and "worker" in (await response.json())["problems"][0]


async def test_figures_are_counted_from_the_database_and_name_nobody(site: Site, client: ClientSession) -> None:
    await site.receive(classification=flags(Flag.EMERGENCY_HAZARD))
    await site.park("It cannot be read.")
    site.fail_first_letter("550")
    site.clock.forward(timedelta(days=2))
    text = await read(client, "/metrics")
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert figures["intakebot_cases_open"] == "1.0" and figures["intakebot_cases_overdue"] == "1.0"
    assert figures["intakebot_inbox_parked"] == "1.0" and figures["intakebot_outbox_parked"] == "1.0"
    assert figures["intakebot_acknowledgements_owed"] == "1.0" and figures["intakebot_inbox_waiting"] == "0.0"
    assert figures['intakebot_messages_total{outcome="case_opened"}'] == "1.0"
    assert "Ada" not in text and "tenant.example" not in text
