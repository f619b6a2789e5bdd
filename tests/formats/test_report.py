"""Reports written out: one document in every form, accessible where people read it and exact where programs do."""

from __future__ import annotations

import builtins
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
import weasyprint
from lxml import html
from tests.sample_years import YEAR_2023, YEARS, reported

from intakebot.domain.figures.annual import ReportRules, annual_figures
from intakebot.domain.figures.reasons import USUAL_SCHEME
from intakebot.domain.figures.reported import Homes, Reported
from intakebot.domain.figures.self_assessment import Policy, self_assessment
from intakebot.domain.figures.tables import Table, count_table
from intakebot.errors import BadInput
from intakebot.formats.report.charts import bars
from intakebot.formats.report.document import (
    Document,
    Section,
    annual_report,
    oversight_report,
    self_assessment_report,
)
from intakebot.formats.report.forms import Form, write

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script> & "quoted" | =2+2'


@pytest.fixture(scope="module")
def document() -> Document:
    figures = annual_figures(reported("2023-24"), YEAR_2023, Homes(4215), ReportRules(), TODAY)
    return annual_report(figures, "Larkmere Homes", TODAY)


@pytest.fixture(scope="module")
def page(document: Document) -> html.HtmlElement:
    return html.fromstring(write(document, Form.HTML))


@pytest.fixture(scope="module")
def printed(document: Document) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(write(document, Form.PDF))) as opened:
        yield opened


def hostile() -> Document:
    table = count_table("bad", HOSTILE, HOSTILE, [(HOSTILE, 3), ("=1+1", 1)], about=HOSTILE, bars=True)
    return Document(HOSTILE, HOSTILE, YEAR_2023, TODAY, (Section(HOSTILE, (HOSTILE,), (table,)),), (HOSTILE,))


def test_page_stands_alone_in_plain_english_structure(page: html.HtmlElement) -> None:
    assert page.get("lang") == "en-GB"
    assert [heading.text for heading in page.iter("h1")] == ["Annual complaints report"]
    assert len(list(page.iter("h2"))) == 7
    assert page.xpath("//script|//link|//img|//*[@style]") == []
    assert page.xpath("//title")[0].text.startswith("Annual complaints report, 1 April 2023 to 31 March 2024")


def test_every_table_is_named_by_the_heading_before_it_and_has_no_bare_cells(page: html.HtmlElement) -> None:
    tables = page.xpath("//table")
    assert len(tables) > 15
    for table in tables:
        (heading,) = page.xpath("//*[@id=$name]", name=table.get("aria-labelledby"))
        assert heading is table.xpath("(preceding::h2|preceding::h3)[last()]")[0], heading.text
        assert {th.get("scope") for th in table.xpath("thead//th")} == {"col"}, heading.text
        assert all(row.xpath("th[@scope='row']") for row in table.xpath("tbody/tr")), heading.text


def test_every_chart_has_words_and_its_table_right_after(page: html.HtmlElement) -> None:
    charts = page.xpath("//*[local-name()='svg']")
    assert len(charts) == 4
    for chart in charts:
        assert chart.get("role") == "img"
        named = chart.get("aria-labelledby").split()
        assert [chart.xpath(f".//*[@id='{one}']")[0].text[:4] for one in named][0:1] == ["Bar "]
        assert chart.getparent().getnext().tag == "table"
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_bars_are_as_long_as_their_numbers() -> None:
    drawn = bars(count_table("one", "One", "", [("All", 40), ("Half", 20), ("None", 0)], about="What"))
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)%"', drawn)]
    assert widths[0] == 2 * widths[1] > 0 and widths[2] == 0
    assert "All: 40; Half: 20; None: 0" in drawn


def test_words_of_a_chart_keep_their_size_on_a_narrow_screen() -> None:
    drawn = bars(count_table("one", "One", "", [("Complaint determined by the Ombudsman - no fault", 4)], about="What"))
    assert "viewBox" not in drawn, "a view box shrinks the words with the picture"
    assert re.search(r'<svg [^>]*width="100%" height="[\d.]+em"', drawn)
    assert max(len(line) for line in re.findall(r"<text[^>]*>([^<]*)", drawn)) <= 28


def test_blank_cell_says_so_but_a_column_to_fill_in_stays_empty() -> None:
    rows = (("Orders", 1, 1, ""), ("Failures", 0, "", ""))
    table = Table("orders", "Orders", "", ("What", "Made", "Done", "Comment"), rows)
    counted = Table("ways", "Ways", "", ("Way", "Number", "Note"), (("email", 2, ""),), ("Total", 2, ""))
    document = Document("T", "L", YEAR_2023, TODAY, (Section("S", (), (table, counted)),))
    page = html.fromstring(write(document, Form.HTML))
    assert [cell.text for cell in page.xpath("//td")] == ["1", "1", None, "0", "-", None, "2", "-", "2", "-"]
    assert [th.text for th in page.xpath("//th[contains(@class, 'report-fill')]")] == ["Comment"]


def test_nothing_in_a_report_becomes_markup() -> None:
    written = write(hostile(), Form.HTML).decode()
    assert "<script>" not in written and "&lt;script&gt;" in written
    assert "<script>" not in bars(hostile().tables[0])


def test_pdf_is_tagged_for_screen_readers(printed: pikepdf.Pdf) -> None:
    root = printed.Root
    assert bool(root.MarkInfo.Marked) is True
    assert str(root.Lang) == "en-GB"
    assert bool(root.ViewerPreferences.DisplayDocTitle) is True
    with printed.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"].startswith("Annual complaints report")
    tags = list(_tags(root.StructTreeRoot))
    names = [name for name, _ in tags]
    assert names.count("/H1") == 1
    for wanted in ("/H2", "/H3", "/P", "/Table", "/THead", "/TH", "/TD"):
        assert wanted in names, wanted
    figures = [element for name, element in tags if name == "/Figure"]
    assert len(figures) == 4
    assert all(str(figure.Alt).startswith("Bar chart: ") for figure in figures)


def test_pdf_says_what_to_install_where_it_cannot_be_made(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    really = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return really(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BadInput, match=r"apt-get install libpango-1\.0-0"):
        write(document, Form.PDF)
    assert write(document, Form.MD)


def test_markdown_has_every_table_and_keeps_its_columns(document: Document) -> None:
    written = write(document, Form.MD).decode()
    assert "| Repairs and maintenance | 15 |" in written and "| Total | 30 |" in written
    assert [table.title for table in document.tables if written.count(f"## {table.title}\n") != 1] == []
    (row,) = [line for line in write(hostile(), Form.MD).decode().splitlines() if line.endswith("| 3 |")]
    assert row.replace(r"\|", "").count("|") == 3
    assert "**These figures are not final.**" in write(replace(document, not_final=("Open: 1.",)), Form.MD).decode()


def test_csv_has_a_line_for_each_figure_and_no_formulas(document: Document) -> None:
    lines = list(csv.DictReader(io.StringIO(write(document, Form.CSV).decode(), newline="")))
    assert {"table": "reasons", "row": "Rents", "column": "Number", "value": "1"} in lines
    assert {"table": "measures", "row": "CH01(1) LCRA", "column": "Value", "value": "4.7"} in lines
    harmless = csv.DictReader(io.StringIO(write(hostile(), Form.CSV).decode(), newline=""))
    assert "'=1+1" in [line["row"] for line in harmless]


def test_csv_says_of_what_period_it_is_and_whether_it_is_final(document: Document) -> None:
    def told(made: Document) -> list[list[str]]:
        lines = list(csv.reader(io.StringIO(write(made, Form.CSV).decode(), newline="")))
        return [line[1:] for line in lines if line[0] == "report"]

    assert told(document)[:2] == [["period", "from", "2023-04-01"], ["period", "to", "2024-03-31"]]
    assert ["final", "", "yes"] in told(document)
    open_still = told(replace(document, not_final=("Stages still open: 1.",)))
    assert open_still[-2:] == [["final", "", "no"], ["not final", "because", "Stages still open: 1."]]


@pytest.mark.parametrize("formula", ["=1+1", " =1+1", "\t1", "\r=1", "\n@x", "＝1+1", "＋1", "－1", "＠x", "\u00a0-2"])
def test_what_a_spreadsheet_would_reckon_is_marked_as_words(formula: str) -> None:
    table = Table("bad", "B", "", ("What", "Said"), ((formula, formula),))
    made = Document("T", "L", YEAR_2023, TODAY, (Section("S", (), (table,)),))
    lines = csv.DictReader(io.StringIO(write(made, Form.CSV).decode(), newline=""))
    (line,) = [line for line in lines if line["table"] != "report"]
    assert (line["row"], line["value"]) == (f"'{formula}", f"'{formula}")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("<b onclick=x>", r"\<b onclick=x>"),
        ("[us](javascript:x)", r"\[us](javascript:x)"),
        ("![](https://x.example/p)", r"!\[](https://x.example/p)"),
        (r"a\| b | c", r"a\\\| b \| c"),
        ("`x` *y* _z_ ~~w~~", r"\`x\` \*y\* \_z\_ \~\~w\~\~"),
        ("one\ntwo\r\nthree", "one two three"),
        ("&lt;b&gt; Mould & damp", r"\&lt;b\&gt; Mould & damp"),
        ("# Big", r"\# Big"),
        ("> said", r"\> said"),
        ("- one", r"\- one"),
        ("1. one", r"1\. one"),
        ("4.7", "4.7"),
        ("65.0% of 20 (5.3)", "65.0% of 20 (5.3)"),
    ],
)
def test_words_stay_words_in_markdown(said: str, written: str) -> None:
    table = Table("t", said, said, (said, "B"), ((said, said),), (said, said))
    made = Document(said, said, YEAR_2023, TODAY, (Section(f"{said} x", (said,), (table,)),), (said,))
    lines = write(made, Form.MD).decode().splitlines()
    assert {f"# {written}", f"## {written} x", f"### {written}", f"- {written}", written} <= set(lines)
    assert [line for line in lines if line.startswith("| ") and "---" not in line] == [
        f"| {written} | B |",
        *[f"| {written} | {written} |"] * 2,
    ]


def large() -> Document:
    """A report with numbers above a thousand: in a table, its chart, and pounds."""
    rows = (("In 2024", 4215, Decimal("1150.50")), ("Later", 1_000_000, Decimal("999.00")))
    table = Table(
        "homes", "Homes", "", ("What", "Number", "Pounds"), rows, ("Total", 1_004_215, Decimal("2149.50")), True
    )
    return Document("T", "L", YEAR_2023, TODAY, (Section("S", (), (table,)),))


def test_numbers_have_commas_where_people_read_them() -> None:
    page = html.fromstring(write(large(), Form.HTML))
    cells = ["4,215", "1,150.50", "1,000,000", "999.00", "1,004,215", "2,149.50"]
    assert [cell.text for cell in page.xpath("//td")] == cells
    assert [th.text for th in page.xpath("//tbody//th")] == ["In 2024", "Later", "Total"]
    drawn = page.xpath("string(//*[local-name()='svg'])")
    assert "In 2024: 4,215; Later: 1,000,000" in drawn and drawn.count("1,000,000") == 2
    marked = write(large(), Form.MD).decode()
    assert "| In 2024 | 4,215 | 1,150.50 |" in marked and "| Total | 1,004,215 | 2,149.50 |" in marked
    assert write(large(), Form.PDF).startswith(b"%PDF")


def test_numbers_stay_plain_where_programs_read_them() -> None:
    lines = [line["value"] for line in csv.DictReader(io.StringIO(write(large(), Form.CSV).decode(), newline=""))]
    assert lines[-6:] == ["4215", "1150.50", "1000000", "999.00", "1004215", "2149.50"]
    told = json.loads(write(large(), Form.JSON))["tables"]["homes"]
    assert told["rows"][0] == ["In 2024", 4215, "1150.50"] and told["total"][1] == 1_004_215


def test_a_warning_stands_in_every_form_and_keeps_nothing_from_being_final(document: Document) -> None:
    warned = replace(document, warnings=("No <LCHO> homes.",))
    page = html.fromstring(write(warned, Form.HTML))
    assert page.xpath("//*[contains(@class, 'report-notice')]//li")[0].text == "No <LCHO> homes."
    assert "- No \\<LCHO> homes." in write(warned, Form.MD).decode().splitlines()
    lines = list(csv.reader(io.StringIO(write(warned, Form.CSV).decode(), newline="")))
    assert ["report", "warning", "", "No <LCHO> homes."] in lines and ["report", "final", "", "yes"] in lines
    told = json.loads(write(warned, Form.JSON))
    assert (told["warnings"], told["final"]) == (["No <LCHO> homes."], True)
    assert json.loads(write(document, Form.JSON))["warnings"] == []
    assert 'report-notice">' not in write(document, Form.HTML).decode()


def test_json_gives_counts_as_numbers_and_rates_as_they_are(document: Document) -> None:
    told = json.loads(write(document, Form.JSON))
    assert told["period"] == {"from": "2023-04-01", "to": "2024-03-31"}
    assert told["final"] is True and told["not_final"] == []
    assert told["tables"]["number"]["rows"][0] == ["Number of stage one complaints opened", 26]
    assert told["tables"]["timescales"]["total"] == ["Total", 29]
    values = {(m["code"], m["stock"]): (m["shown"], m["value"]) for m in told["measures"]["values"]}
    assert values["CH02(1)", "LCRA"] == ("65.0%", "65.0")
    assert values["CH01(1)", "LCHO"] == ("n/a", None)
    assert values["NM01(2)", "LCRA and LCHO"] == ("0", "0.0")
    assert told["measures"]["withdrawn_in_ch02"] == "in_time"


@pytest.mark.parametrize("form", list(Form))
def test_report_of_nothing_at_all_is_written_in_every_form(form: Form) -> None:
    figures = annual_figures(Reported(), YEAR_2023, Homes(0), ReportRules(), TODAY)
    assert len(write(annual_report(figures, "Larkmere Homes", TODAY), form)) > 1000


def test_report_to_the_member_has_the_parts_the_code_asks_for() -> None:
    found = reported("2023-24")
    figures = annual_figures(found, YEAR_2023, Homes(0), ReportRules(), TODAY)
    made = oversight_report(figures, found, USUAL_SCHEME, "Larkmere Homes", NOW)
    written = write(made, Form.MD).decode()
    for part in "abcd":
        assert f"(9.7{part})" in written
    assert "No maladministration but service failure in complaint handling" in written
    assert write(made, Form.PDF).startswith(b"%PDF")


def test_self_assessment_leaves_the_judgement_to_people() -> None:
    found = reported("2023-24")
    figures = annual_figures(found, YEAR_2023, Homes(0), ReportRules(), TODAY)
    made = self_assessment_report(self_assessment(found, figures, Policy()), YEAR_2023, "Larkmere Homes", TODAY)
    rows = [row for table in made.tables for row in table.rows]
    assert len(rows) == 73
    assert {row[3:] for row in rows} == {("", "")}
    assert "(Check the published Code.)" in str(rows[0][1])
    page = html.fromstring(write(made, Form.HTML))
    assert page.xpath("//h1")[0].text == "Complaint Handling Code self-assessment"
    headings = [heading.text for heading in page.xpath("//h2|//h3|//caption")]
    assert len(headings) == len(set(headings)), "a section says its title twice"
    assert len(page.xpath("//table")) == len(page.xpath("//th[text()='Comply?' and contains(@class, 'report-fill')]"))


@pytest.mark.parametrize("year", YEARS)
def test_no_printed_page_is_nearly_empty_or_ends_with_a_title(year: str) -> None:
    found = reported(year)
    figures = annual_figures(found, YEARS[year], Homes(4215), ReportRules(), TODAY)
    for made in (
        annual_report(figures, "Larkmere Homes", TODAY),
        oversight_report(figures, found, USUAL_SCHEME, "Larkmere Homes", NOW),
        self_assessment_report(self_assessment(found, figures, Policy()), YEARS[year], "Larkmere Homes", TODAY),
    ):
        for number, (filled, last) in enumerate(printed_pages(made), 1):
            assert last != "title", f"{made.title}: page {number} ends with a title"
            assert filled > 0.15, f"{made.title}: page {number} is nearly empty"


@pytest.mark.parametrize("columns", [2, 5])
def test_title_stays_with_the_first_rows_wherever_it_comes_on_a_page(columns: int) -> None:
    names = ("What", "Number", "Third", "Fourth", "Fifth")[:columns]
    rows = tuple((f"Row {number}", number, "words", "words " * 12, "words")[:columns] for number in range(1, 21))
    sections = tuple(
        Section(
            f"Section {n}", (f"Sentence of section {n}.",) * n, (Table(f"t{n}", f"Title {n}", "Base.", names, rows),)
        )
        for n in range(1, 12)
    )
    ends = [last for _, last in printed_pages(Document("T", "L", YEAR_2023, TODAY, sections))]
    assert len(ends) > 8 and "title" not in ends


def test_table_of_many_words_begins_on_the_page_it_is_told_of() -> None:
    rows = (("Anti-social behaviour", "We learned something. " * 9, "We changed something. " * 9),) * 14
    learned = Table("learned", "What we learned", "", ("About", "What we learned", "What we changed"), rows)
    pages = list(printed_pages(Document("T", "L", YEAR_2023, TODAY, (Section("S", ("Words.",), (learned,)),))))
    assert [filled > 0.5 for filled, _ in pages[:-1]] == [True] * (len(pages) - 1) and len(pages) > 1


def printed_pages(document: Document) -> Iterator[tuple[float, str]]:
    """How much of each page's height is filled, and what it ends with: a row, a sentence, or a title of something."""
    for page in weasyprint.HTML(string=write(document, Form.HTML).decode()).render().pages:
        whole = page._page_box
        boxes = [box for box in whole.descendants() if box.element_tag in ("h1", "h2", "h3", "p", "tr")]
        lowest = max(boxes, key=lambda box: box.position_y + box.height)
        filled = (lowest.position_y + lowest.height - whole.content_box_y()) / whole.height
        yield filled, _what(lowest)


def _what(box: Any) -> str:
    if box.element_tag == "tr" and box.element[0].get("scope") == "row":
        return "row"
    return "sentence" if box.element_tag == "p" and "report-base" not in box.element.get("class") else "title"


def _tags(element: Any) -> Iterator[tuple[str, Any]]:
    """Every structure element with its tag, depth first."""
    below = element.get("/K", [])
    for one in below if isinstance(below, pikepdf.Array) else [below]:
        if isinstance(one, pikepdf.Dictionary) and "/S" in one:
            yield str(one.S), one
            yield from _tags(one)


def test_table_of_words_has_no_total() -> None:
    table = Table("words", "Words", "", ("A", "B"), (("one", "two"),))
    document = Document("T", "L", YEAR_2023, TODAY, (Section("S", (), (table,)),))
    assert json.loads(write(document, Form.JSON))["tables"]["words"]["total"] is None
