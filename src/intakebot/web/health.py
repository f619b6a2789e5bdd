"""Health: what the service tells the pages about itself. `service` supplies it."""

from __future__ import annotations

from typing import Protocol


class Health(Protocol):
    """Whether the service can do its work."""

    async def problems(self) -> tuple[str, ...]:
        """What is wrong now, one readable sentence each, without secrets; empty when all is well."""

    def warnings(self) -> tuple[str, ...]:
        """What staff should know, one sentence each: mail is refused, letters wait. The service goes on meanwhile."""

    def workers_alive(self) -> bool:
        """Whether every worker that should run does."""
