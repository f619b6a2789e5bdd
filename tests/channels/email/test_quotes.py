"""What a message says now, apart from what it quotes, forwards and signs; and never a character lost."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intakebot.channels.email.quotes import segment, separate
from intakebot.domain.message import Role, Segment, join_segments

QUOTE = "> An engineer will visit.\n> He will ring first.\n"
BLOCK = (
    "From: Complaints <complaints@landlord.example>\nSent: 02 March 2026 09:00\nTo: Jane\nSubject: Your complaint\n\n"
)

PIECES = [*QUOTE.split("\n"), *BLOCK.split("\n"), "On 2 Mar 2026 at 09:00, X wrote:", "-- ", "Kind regards", "Jane", ""]
PIECES += [">", "Begin forwarded message:", "Sent from my iPhone", "prose here.", "\r", "\x0b", "This email is private"]


def roles(text: str, subject: str = "") -> list[tuple[Role, str]]:
    """(role, words) of each stretch, white space folded; also checks that nothing is lost."""
    found: tuple[Segment, ...] = segment(text, subject=subject)
    assert join_segments(found) == text
    return [(one.role, " ".join(one.text.split())) for one in found if one.text.strip()]


def new(text: str, subject: str = "") -> str:
    """The words that count as the sender's own."""
    return " ".join(words for role, words in roles(text, subject) if role is Role.NEW)


@pytest.mark.parametrize(
    "attribution",
    [
        "On Mon, 2 Mar 2026 at 09:00, Complaints <complaints@landlord.example> wrote:",
        "On Mon, 2 Mar 2026 at 09:00, Complaints team of the landlord <\ncomplaints@landlord.example> wrote:",
        "On Mon, 2 Mar 2026 at 09:00,\nComplaints team\n<complaints@landlord.example>\nwrote:",
        "On 2 Mar 2026, at 09:00, Complaints <complaints@landlord.example> wrote:",
        "On Monday, 2 March 2026, 09:00:12 GMT, Complaints <complaints@landlord.example> wrote:",
        'On 02/03/2026, 09:00, "Complaints" <complaints@landlord.example> wrote:',
        "Am 02.03.2026 um 09:00 schrieb Complaints <complaints@landlord.example>:",
        "Le lun. 2 mars 2026 à 09:00, Complaints <complaints@landlord.example> a écrit :",
        "W dniu 2.03.2026 o 09:00, Complaints pisze:",
        "Complaints <complaints@landlord.example> wrote:",
    ],
)
@pytest.mark.parametrize("quote", [QUOTE, QUOTE.replace("> ", "")])
def test_gmail_iphone_and_yahoo_attributions_begin_the_quote(attribution: str, quote: str) -> None:
    found = roles(f"Nobody came.\n\n{attribution}\n\n{quote}")
    assert [role for role, _ in found] == [Role.NEW, Role.QUOTED]
    assert found[0][1] == "Nobody came."


@pytest.mark.parametrize(
    "before",
    ["", "________________________________\n", "-----Original Message-----\n", "----- Original Message -----\n"],
)
@pytest.mark.parametrize("block", [BLOCK, BLOCK.replace("From:", "*From:*").replace("Sent:", "*Sent:*"), f"{BLOCK}\n"])
def test_the_outlook_block_begins_the_quote_with_or_without_a_rule(before: str, block: str) -> None:
    found = roles(f"He didn't bring the part.\n\n{before}{block}An engineer will visit.\n", "RE: Your complaint")
    assert [role for role, _ in found] == [Role.NEW, Role.QUOTED]
    assert found[0][1] == "He didn't bring the part."


def test_inline_answers_between_quoted_lines_stay_new() -> None:
    text = f"Hi\n\nOn 2 Mar 2026 at 09:00, Complaints wrote:\n{QUOTE}No he did not.\n\n> When was that?\nOn Friday.\n"
    assert new(text) == "Hi No he did not. On Friday."
    assert [role for role, _ in roles(text)].count(Role.QUOTED) == 2


@pytest.mark.parametrize(
    "prose",
    [
        "On Monday he wrote to me that the boiler is fine.",
        "On Monday the officer wrote:\nyour boiler is fine.\nIt is not.",
        "On 3 March your officer wrote:\nyour boiler is fine.\nIt is not.",
        "From: 9:30\nTo: 13:00\nDate: 12/3\nI waited in all that time and nobody came.",
        "Sent from my flat in the dark because the lights are off.",
        "Sent from my phone because the internet is cut off and I have no heating.",
        "-- see above, it is the third time",
        "Thanks\nBoiler still leaking",
        "Thank you for reading this.\nPlease ring me after four.",
        "Kind regards\nJane\nPS my ceiling has come down",
        "Kind regards from a very cold flat, and please do not send the same man again.",
        "This email is confidential because my ex partner must not know my address.",
        "Warning: water came from outside and the wall is wet.",
        "Forwarded message after message and nobody answers",
        "-- \n" + "There is mould in every room of the flat and it comes back.\n" * 30,
    ],
)
def test_prose_is_never_taken_for_a_quote_a_signature_or_a_notice(prose: str) -> None:
    text = f"Dear sir,\n\n{prose}\n"
    assert roles(text) == [(Role.NEW, " ".join(text.split()))]


@pytest.mark.parametrize(
    "marker",
    [
        "---------- Forwarded message ---------",
        "---------- Forwarded message ----------",
        "Begin forwarded message:",
        "-----Forwarded Message-----",
        "-------- Forwarded Message --------",
        "----- Forwarded by Rosa Lewis/ADV on 03/03/2026 10:11 -----",
    ],
)
def test_forwarded_words_are_kept_as_forwarded(marker: str) -> None:
    text = (
        f"Please see below.\n\n{marker}\nFrom: Nasima Begum <nasima@tenant.example>\nDate: Mon, 2 Mar 2026 at 20:15\n"
        "Subject: No heating\nTo: Rosa\n\nThere is no heating.\n\n> you asked me\n\nMy baby is cold.\n"
    )
    found = separate(text)
    assert [one.role for one in found.segments] == [Role.NEW, Role.FORWARDED]
    assert "My baby is cold" in found.segments[1].text
    assert found.forwarded_from is not None and found.forwarded_from.email == "nasima@tenant.example"
    assert found.forwarded_from.name == "Nasima Begum"


def test_an_outlook_block_under_a_forward_subject_is_forwarded_not_quoted() -> None:
    block = BLOCK.replace("Complaints <complaints@landlord.example>", "Nasima [mailto:nasima@tenant.example]")
    for subject in ("FW: No heating", "Fwd: No heating", "WG: Heizung"):
        found = separate(f"See below.\n\n{block}There is no heating.\n", subject=subject)
        assert [one.role for one in found.segments] == [Role.NEW, Role.FORWARDED]
        assert found.forwarded_from is not None and found.forwarded_from.email == "nasima@tenant.example"


def test_an_apple_forward_keeps_its_quoted_lines_forwarded_and_the_signature_apart() -> None:
    text = (
        "See this\n\n> Begin forwarded message:\n> \n> From: A <a@x.example>\n> Subject: Damp\n> \n> There is damp.\n"
    )
    found = roles(f"{text}\nSent from my iPad\n")
    assert [role for role, _ in found] == [Role.NEW, Role.FORWARDED, Role.SIGNATURE]


def test_our_own_letter_inside_a_forward_is_quoted_and_the_tenants_words_are_not() -> None:
    text = (
        "---------- Forwarded message ---------\nFrom: Nasima <nasima@tenant.example>\nDate: 2 Mar 2026 at 20:15\n"
        "Subject: x\n\nStill cold.\n\nOn 1 Mar 2026 at 10:00, Complaints <complaints@landlord.example> wrote:\n\n"
        "> We will come in April.\n"
    )
    found = separate(text, is_ours=lambda address: address.endswith("@landlord.example"))
    assert [one.role for one in found.segments] == [Role.FORWARDED, Role.QUOTED]
    assert "April" in found.segments[1].text
    assert join_segments(found.segments) == text


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nJane Okafor\n12 Almond Road\n",
        "Sent from my iPhone\n",
        "Sent from Outlook for iOS\n",
        "Get Outlook for Android<https://aka.example/x>\n",
        "Sent from Yahoo Mail on Android\n",
        "Sent from my Samsung Galaxy smartphone.\n",
        "Kind regards\n\nJane Okafor\nHousing Support Worker\nTel: 01632 960123\njane@advice.example\n",
        "Yours faithfully,\nMrs J Okafor\nFlat 3, Oak House\nLN1 1AA\n",
    ],
)
@pytest.mark.parametrize("after", ["", f"\nOn 2 Mar 2026, at 09:00, Complaints wrote:\n{QUOTE}"])
def test_signatures_are_set_apart(signature: str, after: str) -> None:
    found = roles(f"The lift is broken.\n\n{signature}{after}")
    assert found[0] == (Role.NEW, "The lift is broken.")
    assert found[1] == (Role.SIGNATURE, " ".join(signature.split()))


@pytest.mark.parametrize(
    "notice",
    [
        "This email and any attachments are confidential and intended solely for the addressee. If you have\n"
        "received it in error please notify the sender and delete it.\n",
        "DISCLAIMER: the council accepts no liability for viruses. Opinions expressed are the author's own.\n",
        "This email has been scanned for viruses.\n",
        "Virus-free. www.scanner.example\n",
        "Please consider the environment before printing this email.\n",
    ],
)
def test_disclaimers_are_set_apart_from_words_and_signature(notice: str) -> None:
    found = roles(f"The lift is broken.\n\nKind regards\nJane Okafor\n\n{notice}")
    assert [role for role, _ in found] == [Role.NEW, Role.SIGNATURE, Role.DISCLAIMER]


def test_a_gateway_banner_does_not_swallow_the_words_under_it() -> None:
    found = roles("CAUTION: This email originated from outside of the organisation.\nMy boiler is broken.\n")
    assert found == [
        (Role.DISCLAIMER, "CAUTION: This email originated from outside of the organisation."),
        (Role.NEW, "My boiler is broken."),
    ]


def test_a_disclaimer_without_a_blank_line_before_it_leaves_the_words_alone() -> None:
    assert (
        new(
            "My boiler is broken.\nThis email and any attachments are confidential and intended for the addressee.\n"
            "If you received it in error please delete it.\n"
        )
        == "My boiler is broken."
    )


@pytest.mark.parametrize(
    "text",
    [
        QUOTE,
        f"On 2 Mar 2026 at 09:00, Jane wrote:\n{QUOTE}",
        "Sent from my iPhone\n",
        "-- \nJane Okafor\n",
        BLOCK,
        "",
        "\n\n",
    ],
)
def test_a_message_with_nothing_new_keeps_its_text_as_new(text: str) -> None:
    assert new(text) == " ".join(text.split())


def test_thanks_and_a_name_above_a_quote_are_the_new_words() -> None:
    text = f"Thanks,\nJane Okafor\n\nOn 2 Mar 2026 at 09:00, Complaints wrote:\n{QUOTE}"
    assert new(text) == "Thanks, Jane Okafor"


def test_a_photo_sent_with_no_words_does_not_make_our_own_letter_the_tenants_words() -> None:
    text = (
        f"\n\nSent from my iPhone\n\nOn 2 Mar 2026, at 09:00, Complaints <complaints@landlord.example> wrote:\n{QUOTE}"
    )
    found = separate(text, is_ours=lambda address: address == "complaints@landlord.example").segments
    assert "engineer" not in "".join(one.text for one in found if one.role is Role.NEW)
    assert join_segments(found) == text


@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=25,
    ),
    st.sampled_from(["", "Re: x", "FW: x"]),
)
def test_segments_join_to_the_text_and_something_is_always_new(lines: list[str], subject: str) -> None:
    text = "\n".join(lines)
    found = segment(text, subject=subject)
    assert join_segments(found) == text
    if text.strip("> \n\r\x0b\t"):
        assert any(one.role in (Role.NEW, Role.FORWARDED) and one.text.strip() for one in found)


def _steps(work: Callable[[], object]) -> int:
    """Lines of Python run and functions called, C ones too: a measure of work that no busy machine can upset."""
    count = 0

    def local(frame: object, event: str, argument: object) -> object:
        nonlocal count
        count += 1
        return local

    before, before_profile = sys.gettrace(), sys.getprofile()
    sys.settrace(local)  # type: ignore[arg-type]
    sys.setprofile(local)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(before)
        sys.setprofile(before_profile)
    return count


@pytest.mark.parametrize(
    "line",
    [
        ">",
        ">" * 50,
        "On ",
        "On 2 Mar 2026 at 09:00, Jane",
        "Sent: 09:00",
        "Kind regards",
        "____________",
        "This email",
        *PIECES,
    ],
)
def test_work_grows_in_step_with_hostile_text(line: str) -> None:
    small, large = (_steps(lambda size=size: segment(f"{line}\n" * size)) for size in (400, 1600))  # type: ignore[misc]
    assert large < 5 * small


@pytest.mark.parametrize("unit", [">", "On ", "<", "wrote: ", "a@", "--", " ", "From: ", "this email ", "'", "begin "])
def test_one_endless_line_is_looked_at_only_at_its_beginning(unit: str) -> None:
    text = unit * (250_000 // len(unit))
    assert join_segments(segment(text)) == text
