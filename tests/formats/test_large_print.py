"""Large print is large: real sizes everywhere on the page, 16 to 28 points, and nothing that is hard to read."""

from __future__ import annotations

import re

import pytest
from lxml import html

from intakebot.formats.large_print import in_large_print, page_in_large_print
from intakebot.formats.letters import Letter, to_html

BODY = "Dear Ama\n\n## What happens next\nWe come <soon>.\n\n- one\n- two\n\nhttps://landlord.example/a?b=1&c=2\n"


@pytest.mark.parametrize(("asked", "made"), [(12, 16), (16, 16), (18, 18), (28, 28), (90, 28)])
def test_every_size_on_the_page_is_the_one_asked_for_within_what_is_made(asked: int, made: int) -> None:
    page = page_in_large_print(to_html(BODY), asked)
    assert {*re.findall(r"(\d+)pt", page)} == {str(made)}
    assert {*re.findall(r"line-height: ([\d.]+)", page)} == {"1.5"}
    assert "size: A4" in page
    assert "italic" not in page
    assert "text-decoration: underline" not in page


def test_the_words_are_all_there_and_escaped() -> None:
    ordinary, large = html.fromstring(to_html(BODY)), html.fromstring(page_in_large_print(to_html(BODY), 20))
    words = " ".join(ordinary.find("body").text_content().split())
    assert " ".join(large.find("body").text_content().split()) == words
    assert "<soon>" in words
    assert [a.get("href") for a in large.iter("a")] == ["https://landlord.example/a?b=1&c=2"]
    assert [h.tag for h in large.iter("h2")] == ["h2"]
    assert len(list(large.iter("li"))) == 2


def test_the_plain_text_and_subject_stay_and_made_twice_is_made_once() -> None:
    letter = Letter("Subject", "Text", to_html(BODY))
    large = in_large_print(letter, 24)
    assert (large.subject, large.text) == ("Subject", "Text")
    again = html.fromstring(in_large_print(large, 24).html)
    assert len(list(again.iter("p"))) == len(list(html.fromstring(large.html).iter("p")))
    assert len(list(again.iter("main"))) == 1


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(ValueError, match="no page"):
        page_in_large_print("words", 18)
