"""`report`: the annual complaints report, the report to the governing body's lead, and the self-assessment."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from intakebot.cli.output import fail, opened_store, plain_errors, say, settings_of
from intakebot.domain.figures.reported import Homes, Period, reporting_year
from intakebot.domain.working_days import local_date
from intakebot.errors import BadInput
from intakebot.formats.report.forms import Form, write
from intakebot.reporting import ReportName
from intakebot.reporting import report as made_of
from intakebot.service import wall_clock

report = typer.Typer(help="Reports on the complaints of a period.", no_args_is_help=True)

First = Annotated[
    str, typer.Option("--from", help="The first day, such as 2025-04-01; else the last reporting year's.")
]
Last = Annotated[str, typer.Option("--to", help="The last day, such as 2026-03-31.")]
Format = Annotated[
    Form | None, typer.Option("--format", help="html, pdf, csv, md or json; else as the file's name ends, else html.")
]
Output = Annotated[Path | None, typer.Option("--output", help="The file to write; standard output without.")]


@report.command("annual")
def annual(
    context: typer.Context,
    homes_lcra: Annotated[int, typer.Option(help="Low cost rental homes owned at the end of the period.")],
    first: First = "",
    last: Last = "",
    homes_lcho: Annotated[int, typer.Option(help="Low cost home ownership homes, likewise.")] = 0,
    form: Format = None,
    output: Output = None,
) -> None:
    """The annual complaints report, with CH01, CH02 and NM01."""
    with plain_errors():
        _make(context, ReportName.ANNUAL, first, last, Homes(homes_lcra, homes_lcho), form, output)


@report.command("mrc")
def mrc(context: typer.Context, first: First = "", last: Last = "", form: Format = None, output: Output = None) -> None:
    """The report to the Member Responsible for Complaints."""
    with plain_errors():
        _make(context, ReportName.MRC, first, last, Homes(0), form, output)


@report.command("self-assessment")
def self_assessment(
    context: typer.Context, first: First = "", last: Last = "", form: Format = None, output: Output = None
) -> None:
    """The self-assessment against the Code, with the evidence held."""
    with plain_errors():
        _make(context, ReportName.SELF_ASSESSMENT, first, last, Homes(0), form, output)


def _make(
    context: typer.Context,
    name: ReportName,
    first: str,
    last: str,
    homes: Homes,
    asked: Form | None,
    output: Path | None,
) -> None:
    form = form_of(asked, output)
    if form is Form.PDF and output is None and sys.stdout.isatty():
        fail("a PDF is nothing to show here; say where to write it: --output report.pdf")
    settings, now = settings_of(context), wall_clock()
    period = period_of(first, last, local_date(now))
    with opened_store(settings) as store:
        reported = store.read_now(lambda work: work.reports.of(period))
    document = made_of(name, settings, reported, period, homes, now)
    written = write(document, form)
    if output is None:
        typer.get_binary_stream("stdout").write(written)
    else:
        try:
            output.write_bytes(written)
        except OSError as error:
            raise BadInput(f"{output} cannot be written: {error.strerror}") from error
    for sentence in document.not_final:
        say(f"not final: {sentence}")
    for sentence in document.warnings:
        say(f"warning: {sentence}")


def form_of(asked: Form | None, output: Path | None) -> Form:
    """The form to write: the one asked for, else what the file's name ends with, else HTML.

    Raises BadInput where the name ends otherwise than the form asked for, or with what is no form of ours.
    """
    ending = output.suffix.removeprefix(".").casefold() if output else ""
    if asked is None and not ending:
        return Form.HTML
    known = ending in tuple(Form)
    if asked is None and not known:
        raise BadInput(f"{output} ends with no form of ours: {', '.join(Form)}; change its ending, or give --format")
    if asked is not None and known and ending != asked:
        raise BadInput(f"--format {asked} and {output} do not agree; leave one out, or make them alike")
    return asked or Form(ending)


def period_of(first: str, last: str, today: date) -> Period:
    """The period asked for; the last whole reporting year where neither day is given. Raises BadInput."""
    if not first and not last:
        return reporting_year(today)
    if not first or not last:
        raise BadInput("give both --from and --to, or neither")
    return Period(_day(first, "--from"), _day(last, "--to"))


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{option} is not a day such as 2026-03-31") from error
