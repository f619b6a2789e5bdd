"""The staff queue: every open case, the most dangerous first, then by what is due soonest."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from intakebot.domain.labels import Category, Kind
from intakebot.domain.people import Officer
from intakebot.domain.timescales import end_of
from intakebot.domain.working_days import local_date
from intakebot.store.engine import Work
from intakebot.store.views import QueueFilter, QueuePlace, QueueRow
from intakebot.web import words
from intakebot.web.due import Due, of_row
from intakebot.web.site import Site, officer_of, page, site_of

PAGE = 50
MOST_COUNTED = 1000
MOST_COUNTED_OF_A_CATEGORY = 100  # counting these takes a look at each case's tags
_PLACE = re.compile(r"([0-3])\.(\d{1,17})\.(\d{1,9})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

VIEWS = (
    ("", "Whole queue"),
    ("mine", "Mine"),
    ("team", "My team"),
    ("check", "To check"),
    ("overdue", "Overdue"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the queue is asked for: one of `VIEWS`, and a kind and category or ""."""

    view: str
    kind: str
    category: str

    def link(self, **changed: str) -> str:
        """The address of the queue with something chosen otherwise."""
        chosen = {"view": self.view, "kind": self.kind, "category": self.category} | changed
        query = urlencode({key: value for key, value in chosen.items() if value})
        return f"/staff?{query}" if query else "/staff"


@dataclass(frozen=True, slots=True)
class Line:
    """A case in the queue, with what it owes."""

    row: QueueRow
    due: tuple[Due, ...]
    team: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the queue and its counts; a count of `most` means that many or more."""

    rows: tuple[QueueRow, ...]
    most: int
    waiting: int
    overdue: int
    today: int
    parked: tuple[int, int]


def routes() -> list[web.RouteDef]:
    """Where this page is."""
    return [web.get("/staff", show)]


async def show(request: web.Request) -> web.Response:
    """A page of the queue."""
    site, now = site_of(request), site_of(request).now()
    chosen = _chosen(request)
    wanted = _filter(chosen, officer_of(request), now)
    after = place(request.query.get("after", ""))
    listed = await site.store.read(lambda work: _list(work, wanted, after, now))
    following = ""
    if len(listed.rows) > PAGE:
        following = chosen.link(after=written(listed.rows[PAGE - 1].place))
    return page(
        request,
        "queue.html",
        "Queue",
        chosen=chosen,
        views=VIEWS,
        warnings=site.health.warnings(),
        lines=[_line(row, site, now) for row in listed.rows[:PAGE]],
        listed=listed,
        waiting=cases(listed.waiting, listed.most),
        overdue=cases(listed.overdue, listed.most),
        following=following,
        further=after is not None,
        kinds=words.KINDS,
        categories=words.CATEGORIES,
    )


def _list(work: Work, wanted: QueueFilter, after: QueuePlace | None, now: datetime) -> Listed:
    most = MOST_COUNTED_OF_A_CATEGORY if wanted.category else MOST_COUNTED
    overdue = work.views.count(replace(wanted, overdue_at=now), most)
    tonight = replace(wanted, overdue_at=end_of(local_date(now)))
    return Listed(
        rows=work.views.queue(wanted, after, PAGE + 1),
        most=most,
        waiting=work.views.count(wanted, most),
        overdue=overdue,
        today=work.views.count(tonight, most) - overdue,
        parked=work.desk.parked(),
    )


def cases(count: int, most: int) -> str:
    """How many cases, counted up to `most`: "1 case", "80 cases", "1000+ cases"."""
    return f"{most}+ cases" if count >= most else words.counted(count, "case")


def _line(row: QueueRow, site: Site, now: datetime) -> Line:
    team = site.landlord.routing.team(row.team)
    return Line(row, of_row(row, now, site.landlord.time_rules.calendar), team.name if team else row.team)


def _chosen(request: web.Request) -> Chosen:
    """What the address asks for; what it cannot mean is left out."""
    query = request.query
    view, kind, category = query.get("view", ""), query.get("kind", ""), query.get("category", "")
    return Chosen(
        view if view in dict(VIEWS) else "",
        kind if kind in set(Kind) else "",
        category if category in set(Category) else "",
    )


def _filter(chosen: Chosen, officer: Officer, now: datetime) -> QueueFilter:
    return QueueFilter(
        team=officer.team if chosen.view == "team" else "",
        officer_id=officer.id if chosen.view == "mine" else None,
        kind=chosen.kind,
        category=chosen.category,
        needs_review=chosen.view == "check",
        overdue_at=now if chosen.view == "overdue" else None,
    )


def written(after: QueuePlace) -> str:
    """A place in the queue, for a page's address: danger, microseconds since 1970, id."""
    return f"{after.danger}.{(after.next_due_at - _EPOCH) // timedelta(microseconds=1)}.{after.id}"


def place(text: str) -> QueuePlace | None:
    """The place an address names; None for none, or for nonsense."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    return QueuePlace(int(found[1]), _EPOCH + timedelta(microseconds=int(found[2])), int(found[3]))
