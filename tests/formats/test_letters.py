"""Letters as templates: facts go in, the same words come out as text and as HTML, and every fault has its line."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from tests.factories import NOW, classification, demo_settings

from intakebot.domain.acts import case_tags
from intakebot.domain.case import Case, Status
from intakebot.domain.labels import Category, Flag, Kind
from intakebot.domain.letter_kinds import LETTER_KINDS
from intakebot.domain.people import Person, Representative
from intakebot.domain.records import Ombudsman
from intakebot.domain.stages import Stage
from intakebot.domain.timescales import due_dates
from intakebot.errors import BadInput
from intakebot.formats.letter_check import open_letters
from intakebot.formats.letters import LETTERS, LetterBook
from intakebot.formats.samples import OTHER_FACTS, samples
from intakebot.landlord import Landlord, time_rules

TO_RESIDENTS = [kind.name for kind in LETTER_KINDS if kind.parts and kind.name not in OTHER_FACTS]
AUTOMATIC = ["receipt", "acknowledgement", "service_request", "enquiry", "compliment", "added", "choice"]
CLOSING = "{% include '_closing.txt' %}"


@pytest.fixture(scope="module")
def landlord() -> Landlord:
    return Landlord.from_settings(demo_settings(Path("nowhere")), b"a key only for these tests")


def book(folder: Path, **files: str) -> LetterBook:
    """The letters with some replaced."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    settings = demo_settings(folder)
    return open_letters(folder, settings.landlord, settings.mail.name)


def words_of(html: str) -> list[str]:
    inside = re.sub(r"<[^>]+>", " ", html.partition("<body")[2].partition(">")[2])
    return unescape(inside).split()


def case(kind: Kind, flags: tuple[str, ...] = (), representing: bool = False, clock: bool = True) -> Case:
    rules = time_rules(demo_settings(Path("nowhere")))
    found = classification(kind, [c.value for c in Category], flags)
    return Case(
        reference="LH-0000-0000-A",
        kind=kind,
        status=Status.RECEIVED,
        channel="email",
        subject="Boiler",
        opened_at=NOW,
        received_at=NOW,
        resident=Person("Ama Mensah", "ama@tenant.example"),
        representative=Representative(Person("Jo Penn", "jo@advice.example")) if representing else None,
        tags=case_tags(found),
        stages=(Stage(1, NOW, due_dates(NOW, None, 1, rules.calendar, rules.rules)),) if clock else (),
    )


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", AUTOMATIC)
def test_every_first_letter_can_be_written_for_every_kind(landlord: Landlord, name: str, kind: Kind) -> None:
    for flags in ((), (Flag.EMERGENCY_HAZARD,), (Flag.DOMESTIC_ABUSE,), tuple(f.value for f in Flag)):
        for representing in (False, True):
            for clock in (False, True):
                letter = landlord.write(name, case(kind, flags, representing, clock), "Ama Mensah")
                assert "LH-0000-0000-A" in letter.subject + letter.text
                assert "Housing Ombudsman Service" in letter.text
                assert not re.search(r"\{\{|\}\}|\{%|None|\[\]|\(\)|  +\S", letter.text.replace("- ", "")), letter.text


@pytest.mark.parametrize("name", LETTERS)
def test_text_and_html_say_the_same_words(landlord: Landlord, name: str) -> None:
    for facts in samples(name):
        letter = landlord.letters.write(name, **facts)
        said = [word for line in letter.text.splitlines() for word in line.removeprefix("- ").split()]
        assert words_of(letter.html) == said
        assert letter.html.count("<h2") == letter.html.count("</h2>")
        assert 'lang="en-GB"' in letter.html


@pytest.mark.parametrize("name", TO_RESIDENTS)
def test_every_letter_to_residents_says_how_to_reach_us_and_the_ombudsman_and_how_to_ask_for_another_format(
    landlord: Landlord, name: str
) -> None:
    text = landlord.letters.write(name, **samples(name)[0]).text
    for words in ("0300 111 3000", "info@housing-ombudsman.org.uk", "large print", "01632 960100"):
        assert words in text


@pytest.mark.parametrize("name", TO_RESIDENTS)
def test_every_letter_names_the_ombudsman_of_its_case_and_no_other(landlord: Landlord, name: str) -> None:
    for facts in samples(name):
        council = landlord.letters.write(name, case=replace(facts["case"], ombudsman=Ombudsman.LGSCO)).text
        housing = landlord.letters.write(name, case=replace(facts["case"], ombudsman=Ombudsman.HOS)).text
        assert "0300 061 0614" in council and "PO Box 4771" in council and "www.lgo.org.uk" in council
        assert "Housing Ombudsman Service" not in council and "Email:" not in council
        assert "0300 111 3000" in housing and "Social Care" not in housing


@pytest.mark.parametrize("name", ["receipt", "service_request", "enquiry", "compliment", "added", "choice"])
def test_a_letter_that_goes_by_itself_says_nothing_officers_wrote_down(landlord: Landlord, name: str) -> None:
    facts = samples(name)[0]["case"]
    text = landlord.letters.write(name, case=facts).text
    for recorded in (facts.definition, facts.said, facts.question, facts.stage.reasons, facts.refusal.evidence):
        assert recorded and recorded not in text


def test_a_reply_names_the_ombudsman_it_is_told(landlord: Landlord) -> None:
    letter = landlord.letters.write("reply", Ombudsman.LGSCO, subject="About it", text="It is done.")
    assert "0300 061 0614" in letter.text
    assert "0300 111 3000" not in letter.text


@pytest.mark.parametrize("kind", [kind.name for kind in LETTER_KINDS if kind.parts])
def test_no_letter_blames_or_pads(landlord: Landlord, kind: str) -> None:
    for facts in samples(kind):
        text = landlord.letters.write(kind, **facts).text.lower()
        for word in (
            "lifestyle",
            "unfortunately",
            "hereby",
            "in accordance",
            "regarding",
            "please be advised",
            "utilise",
        ):
            assert word not in text


def test_html_is_escaped_and_only_whole_addresses_are_links(tmp_path: Path) -> None:
    letter = book(tmp_path / "l", reply=f"Subject: {{{{ subject }}}}\n\n{{{{ text }}}}\n\n{CLOSING}\n").write(
        "reply", subject="<b>", text='<script>alert("1")</script> & https://example.org/a?b=1&c=2. javascript:x'
    )
    assert "<script" not in letter.html
    assert "&lt;script&gt;alert(&quot;1&quot;)" in letter.html
    assert '<a href="https://example.org/a?b=1&amp;c=2">' in letter.html
    assert 'href="javascript' not in letter.html
    assert '<script>alert("1")' in letter.text
    assert letter.subject == "<b>"


def test_a_subject_is_one_line_whatever_the_facts_hold(tmp_path: Path) -> None:
    letters = book(tmp_path / "l", reply=f"Subject: About {{{{ subject }}}}\n\n{{{{ text }}}}\n\n{CLOSING}\n")
    letter = letters.write("reply", subject="it\r\nBcc: all@example.org", text="Done.")
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject


def test_a_landlord_replaces_one_letter_and_keeps_the_others(tmp_path: Path) -> None:
    letters = book(
        tmp_path / "l", receipt="Subject: Got it: {{ case.reference }}\n\nTa.\n\n{% include '_closing.txt' %}\n"
    )
    facts = samples("receipt")[0]
    assert letters.write("receipt", **facts).subject == "Got it: HC-0000-0000-A"
    assert "Housing Ombudsman Service" in letters.write("receipt", **facts).text
    assert letters.write("added", **facts).subject.startswith("We have added your message")


def test_a_part_that_letters_share_can_be_replaced_for_all_of_them(tmp_path: Path) -> None:
    ours = (
        "Ask the {{ ombudsman.name }} at any time: {{ ombudsman.phone }}, {{ ombudsman.email }}, {{ ombudsman.post }}, "
    )
    letters = book(tmp_path / "l", _closing=f"{ours}{{{{ ombudsman.website }}}}.\n\nYours, Larkmere\n")
    assert all("Yours, Larkmere" in letters.write(name, **samples(name)[0]).text for name in TO_RESIDENTS)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Subject: x\n\n{{ case.refrence }}\n", r"letter receipt\.txt, line 3: .*refrence"),
        ("Subject: x\n\n\n{{ landlord.fax }}\n", r"letter receipt\.txt, line 4: .*fax"),
        ("Subject: x\n\n{% if case.emergency %}\nunfinished\n", r"letter receipt\.txt, line \d: "),
        ("Subject: x\n\n{{ case. }}\n", r"letter receipt\.txt, line 3: "),
        ("Subject: x\n\n{% include 'nothing.txt' %}\n", r"letter receipt\.txt.*nothing\.txt, which is not there"),
        ("Subject: x\n\n{{ 1 / 0 }}\n", r"letter receipt\.txt, line 3: it divides by nothing$"),
        ("Subject: x\n\n{% include 'receipt.txt' %}\n", r"letter receipt\.txt.*takes itself in, without end$"),
        ("Subject: x\n\n{{ ''.__class__.__mro__ }}\n", r"letter receipt\.txt, line 3: .*unsafe"),
        ("Hello\n\nno subject\n", r"letter receipt\.txt, line 1: it must be `Subject"),
        ("Subject:\n\nempty subject\n", r"letter receipt\.txt, line 1: it must be `Subject"),
        ("Subject: x\n", r"letter receipt\.txt: it says nothing"),
        ("", r"letter receipt\.txt, line 1"),
    ],
)
def test_a_broken_template_is_found_at_start_with_its_file_and_line(tmp_path: Path, template: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        book(tmp_path / "l", receipt=template)
    assert "\n" not in str(refused.value), "one wrong letter is one sentence"


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("receipt", "{{ case.refrence }}", "there is no fact case.refrence; case.reference may be meant"),
        ("receipt", "{{ cse.reference }}", "there is no fact cse; case may be meant"),
        ("receipt", "{{ reference }}", "there is no fact reference; case.reference may be meant"),
        ("receipt", "{{ case.finding }}", "there is no fact case.finding; case.stage.finding may be meant"),
        ("receipt", "{{ case.stage.desision }}", "there is no fact case.stage.desision; case.stage.decision may be "
         "meant"),
        ("receipt", "{{ case['refrence'] }}", "there is no fact refrence; reference may be meant"),
        ("receipt", "{{ case.colour }}", "there is no fact case.colour"),
        ("receipt", "{{ case.reference.colour }}", "there is no fact case.reference.colour"),
        ("receipt", "{{ landlord.emergency_fone }}", "there is no fact landlord.emergency_fone; "
         "landlord.emergency_phone may be meant"),
        ("receipt", "{{ ombudsman.fone }}", "there is no fact ombudsman.fone; ombudsman.phone may be meant"),
        ("receipt", "{{ case.kind[0].x() }}", "there is no fact x"),
        ("update", "{{ case.refusal.reason }}{{ case.stage.extension.till }}",
         "there is no fact case.stage.extension.till; case.stage.extension.until may be meant"),
        ("response_stage_1", "{% for point in case.stage.points %}{{ point.txt }}{% endfor %}",
         "there is no fact point.txt; point.text may be meant"),
        ("clock_notice", "{% for group in groups %}{{ group.titel }}{% endfor %}",
         "there is no fact group.titel; group.title may be meant"),
        ("enquiry", "{{ case.refusal.reason }}", "case.refusal.reason is not always there, because case.refusal is "
         "not; put it between {% if %} and {% endif %}"),
        ("receipt", "{{ case.reference + 1 }}", "it puts things together that do not go together, such as words and "
         "a number"),
        ("receipt", "{{ case() }}", "it puts things together that do not go together, such as words and a number"),
        ("receipt", "{{ case.__class__ }}", "it reaches for something unsafe that is no fact"),
        ("receipt", "{{ [] | first }}", "No first item, sequence was empty."),
        ("receipt", "{{ case.reference.encode('x') }}", "it cannot be written; look at what it does with its facts"),
    ],
)  # fmt: skip
def test_a_fact_that_does_not_exist_is_named_with_the_one_that_may_be_meant(
    tmp_path: Path, name: str, wrong: str, said: str
) -> None:
    with pytest.raises(BadInput) as refused:
        book(tmp_path / "l", **{name: f"Subject: x\n\n{wrong}\n{CLOSING}\n"})
    assert str(refused.value) == f"letter {name}.txt, line 3: {said}"


def test_a_broken_part_is_named_as_itself(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"letter _closing\.txt, line 2: .*nobody"):
        book(tmp_path / "l", _closing="Yours\n{{ nobody }}\n")


def test_all_wrong_letters_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        book(tmp_path / "l", receipt="{{", added="Subject: x\n\n{{ nobody }}", reciept="Subject: x\n\nHi\n")
    assert [line.split(",")[0].split(":")[0] for line in str(refused.value).splitlines()] == [
        "letter reciept.txt",
        "letter receipt.txt",
        "letter added.txt",
    ]


def test_a_template_in_another_encoding_is_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "l"
    folder.mkdir()
    (folder / "receipt.txt").write_bytes(b"Subject: x\n\ncaf\xe9\n")
    with pytest.raises(BadInput, match=r"letter receipt\.txt: it is not UTF-8 text"):
        book(folder)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no folder"):
        open_letters(tmp_path / "nothing", demo_settings(tmp_path).landlord, "")


def test_facts_of_a_case_never_reach_the_sandbox_as_code(landlord: Landlord) -> None:
    hostile = replace(case(Kind.COMPLAINT), reference="{{ 7 * 7 }}")
    assert "{{ 7 * 7 }}" in landlord.write("receipt", hostile, "Ama").text
