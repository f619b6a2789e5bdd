"""Reports: the year's figures on a page, and each report as a file to keep, in every form it has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from intakebot.domain.figures.reported import Homes, Period, day_words, reporting_year
from intakebot.domain.working_days import local_date
from intakebot.errors import BadInput
from intakebot.formats.report.document import Document
from intakebot.formats.report.forms import Form as FileForm
from intakebot.formats.report.forms import write
from intakebot.formats.report.webpage import body
from intakebot.reporting import ReportName, report
from intakebot.web.forms import Attempt, Form, Mistake, Mistakes, clean
from intakebot.web.site import Site, page, site_of

_FILE = r"/staff/reports/{name:annual|mrc|self-assessment}.{form:html|pdf|csv|md|json}"
_MOST_HOMES = 10_000_000


def routes() -> list[web.RouteDef]:
    """Where these pages are."""
    return [web.get("/staff/reports", show), web.get(_FILE, download)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which report was asked for, on which period, over how many homes."""

    name: ReportName
    period: Period
    homes: Homes


async def show(request: web.Request) -> web.Response:
    """The form, and under it the report it asks for."""
    site, given = site_of(request), _form_of(request.query)
    if not given.fields:
        return _page(request, Attempt("report", _usual(local_date(site.now()))))
    try:
        asked = _asked(given)
    except Mistakes as error:
        return _page(request, Attempt("report", given, error.mistakes), status=400)
    document = await _make(site, asked)
    drawn = await asyncio.to_thread(body, document)
    return _page(request, Attempt("report", given), document=document, drawn=drawn, files=_files(asked))


async def download(request: web.Request) -> web.Response:
    """A report as a file."""
    fields = {**request.query, "report": request.match_info["name"]}
    asked, form = _asked(_form_of(fields)), FileForm(request.match_info["form"])
    document = await _make(site_of(request), asked)
    written = await asyncio.to_thread(write, document, form)
    name = f"{asked.name.value}-{asked.period.first}-to-{asked.period.last}.{form.value}"
    return web.Response(
        body=written,
        headers={
            "Content-Type": form.content_type + ("" if form is FileForm.PDF else "; charset=utf-8"),
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


async def _make(site: Site, asked: _Asked) -> Document:
    reported = await site.store.read(lambda work: work.reports.of(asked.period))
    # Counting a large year takes seconds, and other pages must not wait for it.
    return await asyncio.to_thread(report, asked.name, site.settings, reported, asked.period, asked.homes, site.now())


def _page(request: web.Request, attempt: Attempt, *, status: int = 200, **facts: Any) -> web.Response:
    usual = reporting_year(local_date(site_of(request).now()))
    return page(
        request,
        "reporting.html",
        "Reports",
        status=status,
        attempt=attempt,
        names=[(name.value, name.words) for name in ReportName],
        hint=f"For example, {day_words(usual.first)} is {usual.first.isoformat()}.",
        **facts,
    )


def _usual(today: date) -> Form:
    usual = reporting_year(today)
    return Form((("report", ReportName.ANNUAL), ("from", usual.first.isoformat()), ("to", usual.last.isoformat())))


def _form_of(query: Mapping[str, str]) -> Form:
    return Form(tuple((key, clean(value)) for key, value in query.items()))


def _asked(form: Form) -> _Asked:
    """What the form asks for. Raises `Mistakes` naming every one."""
    mistakes: list[Mistake] = []

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(form.text(name))
        except ValueError:
            mistakes.append(Mistake(name, "Give the day as year-month-day, such as 2026-03-31"))
            return None

    def homes(name: str, missing: str) -> int:
        told = form.text(name).replace(",", "") or missing
        if told.isascii() and told.isdigit() and int(told[:9]) <= _MOST_HOMES and len(told) < 9:
            return int(told)
        mistakes.append(Mistake(name, "Give the number of homes in figures, such as 4,215; 0 if there are none"))
        return 0

    first, last = day("from"), day("to")
    name = next((found for found in ReportName if found == form.text("report")), ReportName.ANNUAL)
    owned = Homes(homes("homes_lcra", "" if name is ReportName.ANNUAL else "0"), homes("homes_lcho", "0"))
    if first is not None and last is not None and not mistakes:
        try:
            return _Asked(name, Period(first, last), owned)
        except BadInput:
            mistakes.append(Mistake("to", "The last day must not be before the first day"))
    raise Mistakes(mistakes)


def _files(asked: _Asked) -> list[tuple[str, str]]:
    """Each form's name, and where the report is in that form."""
    query = urlencode(
        {
            "from": asked.period.first.isoformat(),
            "to": asked.period.last.isoformat(),
            "homes_lcra": asked.homes.lcra,
            "homes_lcho": asked.homes.lcho,
        }
    )
    words = {FileForm.HTML: "web page", FileForm.MD: "Markdown", FileForm.JSON: "JSON"}
    return [
        (words.get(form, form.value.upper()), f"/staff/reports/{asked.name.value}.{form.value}?{query}")
        for form in FileForm
    ]
