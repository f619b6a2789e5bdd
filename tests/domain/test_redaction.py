"""Redaction takes out what tells who somebody is, in every way tenants write it, and leaves the rest to be read."""

from __future__ import annotations

import unicodedata

import pytest

from intakebot.domain.redaction import Particulars, redact

SHIRLEY = Particulars(
    names=("Mrs Shirley Amadi", "Will Green (via the portal)", "Zoë O’Brien", "Jo Ng", "Anne-Marie Obi-Stone"),
    emails=("wanjiku.kamau@tenant.example",),
    addresses=("Flat 3, 12 Rowan Court, Dartwell, DA1 1AA",),
)
NOBODY = Particulars()


def redacted(text: str, known: Particulars = NOBODY) -> str:
    return redact(text, known)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I am Shirley Amadi", "I am [name]"),
        ("its shirley amadi here", "its [name] here"),
        ("SHIRLEY AMADI SAYS SO", "[name] SAYS SO"),
        ("Amadi, Shirley", "[name]"),
        ("shirley's boiler, Amadi’s flat", "[name]'s boiler, [name]’s flat"),
        ("the amadis upstairs", "the [name] upstairs"),
        ("S. Amadi wrote, and so did I", "[name] wrote, and so did I"),
        ("Shirley J Amadi", "[name]"),
        ("zoe obrien, Zoë O'Brien, ZOE O BRIEN", "[name]"),
        (unicodedata.normalize("NFD", "Zoë came"), "[name] came"),
        ("annemarie, Anne-Marie and Obi", "annemarie, [name] and [name]"),
        ("Wanjiku, kamau", "[name]"),
        ("the street is shirleyish and Amadiwood", "the street is shirleyish and Amadiwood"),
    ],
)
def test_names_on_the_case_are_found_however_they_are_written(text: str, left: str) -> None:
    assert redacted(text, SHIRLEY) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I will not have a green bin", "I will not have a green bin"),
        ("my name will green", "my name [name]"),
        ("Will came", "[name] came"),
        ("I WILL COMPLAIN ABOUT THE GREEN BIN", "I WILL COMPLAIN ABOUT THE GREEN BIN"),
        ("Jo came, a banjo, a job, jo", "[name] came, a banjo, a job, jo"),
        ("portal", "portal"),
    ],
)
def test_a_name_that_is_a_word_too_is_taken_only_where_it_is_written_as_one(text: str, left: str) -> None:
    assert redacted(text, SHIRLEY) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("my name is tunde bakare and i live here", "my name is [name] and i live here"),
        ("My name's Tunde.", "My name's [name]."),
        ("my name is on the list, my name is not there", "my name is on the list, my name is not there"),
        ("I asked Dr Patel, mr smith and Cllr J. Hartnell", "I asked Dr [name], mr [name] and Cllr [name]"),
        ("MRS P DACOSTA CALLED", "MRS [name] CALLED"),
        ("we miss you, I have MS and COPD", "we miss you, I have MS and COPD"),
        ("Dear Priya,\nthanks", "Dear [name],\nthanks"),
        ("Dear Sir\nhi there, hello all", "Dear Sir\nhi there, hello all"),
        ("Kind regards,\n\nJ Okafor\nTenant", "Kind regards,\n\n[name]\nTenant"),
        ("thanks\ntunde", "thanks\n[name]"),
        ("Mend it. Thanks, Tunde", "Mend it. Thanks, [name]"),
        ("thanks\ncall me back\n", "thanks\ncall me back\n"),
        ("my son Jayden is ill, my mum is ill", "my son [name] is ill, my mum is ill"),
        ("MY HUSBAND HIT ME", "MY HUSBAND HIT ME"),
        ("a man called Kev; I spoke to Priya Shah on Monday", "a man called [name]; I spoke to [name] on Monday"),
        ("message @tunde_b on there", "message [name] on there"),
    ],
)
def test_names_nobody_knew_are_found_where_names_stand(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I live at flat 3 12 rowan court da11aa", "I live at [address] [postcode]"),
        ("rowan court is cold", "[address] is cold"),
        ("In Dartwell, near DARTWELL", "In [address], near [address]"),
    ],
)
def test_the_known_address_is_found_again(text: str, left: str) -> None:
    assert redacted(text, SHIRLEY) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("3 Elm Close DA1 1AA", "[address] [postcode]"),
        ("at 12a, Station Road and 5 oak avenue", "at [address] and [address]"),
        ("Flat 3b, Rowan House", "[address]"),
        ("flat 12 rowan court", "[address]"),
        ("FLAT B AND THE MAN AT NO 14", "[address] AND THE MAN AT [address]"),
        ("they moved us to Ash Street", "they moved us to [address]"),
        ("number 14 is loud", "number 14 is loud"),
        ("i left the flat 2 weeks ago, my flat A week", "i left the flat 2 weeks ago, my flat A week"),
        ("3 times down the street, 2 weeks on the road", "3 times down the street, 2 weeks on the road"),
        ("a 10 minute walk to a 3 bed house", "a 10 minute walk to a 3 bed house"),
        ("I HAVE 3 CHILDREN IN THE HOUSE", "I HAVE 3 CHILDREN IN THE HOUSE"),
        ("a County Court claim, 4 men in a van", "a County Court claim, 4 men in a van"),
        ("sw1a1aa, SW1A OAA, m1-1ab", "[postcode], [postcode], [postcode]"),
        ("nobody, not one door, flat b2 3rd floor by 5pm", "nobody, not one door, flat b2 3rd floor by 5pm"),
    ],
)
def test_homes_are_found_and_distances_and_days_are_not_homes(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("i live at 14 high st, above the shop", "i live at [address], above the shop"),
        ("14 High Street and 6 mill st", "[address] and [address]"),
        ("flat nine and Flat number twenty-three or FLAT TWO", "[address] and [address] or [address]"),
        ("im at flat twelve rowan court", "im at [address] rowan court"),
        ("flat nine at 14 high st", "[address] at [address]"),
        # What must stay.
        ("a flat roof, the flat above, a flat tyre", "a flat roof, the flat above, a flat tyre"),
        ("in my flat two weeks, the flat one night", "in my flat two weeks, the flat one night"),
        ("into the flat two men came, my flat four times", "into the flat two men came, my flat four times"),
        ("the same flat nine miles off, the same flat one up", "the same flat nine miles off, the same flat one up"),
        ("left the flat one morning, flat six weeks", "left the flat one morning, flat six weeks"),
        ("a 14 storey high rise, 3 high windows", "a 14 storey high rise, 3 high windows"),
        ("3 high rise blocks, 2 nights at st thomas", "3 high rise blocks, 2 nights at st thomas"),
        ("the 21st, the 1 st of may", "the 21st, the 1 st of may"),
    ],
)
def test_homes_in_plain_words_are_found_and_rooms_and_weeks_are_not(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("NHS number 943 476 5919, nhs 943-476-5919.", "NHS number [NHS number], nhs [NHS number]."),
        ("her nhs no is 9434765919", "her nhs no is [NHS number]"),
        ("rooms 120 240 360 cm, 3 weeks", "rooms 120 240 360 cm, 3 weeks"),
        ("the key safe code is 4521", "the key safe code is [code]"),
        (
            "keysafe: 4521. Door code C1234X and gate pin no 99 12",
            "keysafe: [code]. Door code [code] and gate pin no [code]",
        ),
        ("entry code 4521#, my pin is 0042", "entry code [code]#, my pin is [code]"),
        # What must stay.
        ("boiler code F22, error code 133, fault code E119", "boiler code F22, error code 133, fault code E119"),
        ("the code says 10 days, Code 6.2", "the code says 10 days, Code 6.2"),
        ("the door code 3 weeks ago, a key safe for 2 people", "the door code 3 weeks ago, a key safe for 2 people"),
        ("the key safe broke, the door is 900mm", "the key safe broke, the door is 900mm"),
        ("born in March 1981, born march 81", "born in [date of birth], born [date of birth]"),
        ("i was born in 1946, she was born 1 may 2019", "i was born in [date of birth], she was born [date of birth]"),
        ("born in Leeds, born in the flat, born with it", "born in Leeds, born in the flat, born with it"),
        ("my baby was born in march, born 3 weeks early", "my baby was born in march, born 3 weeks early"),
        ("since March 1981", "since March 1981"),
    ],
)
def test_what_opens_a_door_or_a_record_is_found_and_fault_codes_are_not(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("my sons name is jayden and he is 6", "my sons name is [name] and he is 6"),
        ("Her name is Patricia Obi.", "Her name is [name]."),
        ("his name's kev, my daughter's name was Ola", "his name's [name], my daughter's name was [name]"),
        ("the neighbours name is Mrs Baptiste", "the neighbours name is [name]"),
        ("THEIR NAMES ARE JADE AND TOM", "THEIR NAMES ARE [name] AND TOM"),
        ("my partners full name is Li Wei", "my partners full name is [name]"),
        # What must stay.
        ("her name is not on the tenancy", "her name is not on the tenancy"),
        ("my sons name is still on the list", "my sons name is still on the list"),
        ("his name is spelt wrong, her name is missing", "his name is spelt wrong, her name is missing"),
        ("her name was left off, my mums name is down first", "her name was left off, my mums name is down first"),
        ("our names which nobody crossed off", "our names which nobody crossed off"),
        ("the street name is gone, a name is needed", "the street name is gone, a name is needed"),
    ],
)
def test_somebody_elses_name_that_is_introduced_is_found(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ring 07700 900123, 01632 960 001", "ring [phone], [phone]"),
        ("+44 (0)1632 960001 or (01632) 960-001", "[phone] or [phone]"),
        ("by text 7700900123 or +48 600 700 800", "by text [phone] or [phone]"),
        ("oh double seven oh oh nine hundred one two three", "[phone]"),
        ("ring 999 or 111 on 01/02/2024 03:30, 24/7", "ring 999 or 111 on 01/02/2024 03:30, 24/7"),
        ("since 01.02.2024 03.30", "since 01.02.2024 03.30"),
        ("one or two times, three or four people", "one or two times, three or four people"),
    ],
)
def test_telephone_numbers_are_found_and_dates_are_not(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("NI QQ 12 34 56 C, qq123456c", "NI [national insurance number], [national insurance number]"),
        ("sort code 12-34-56 account 12345678", "sort code [bank details] account [bank details]"),
        ("to 04-00-04 on 12-03-24", "to [bank details] on 12-03-24"),
        ("GB33 BUKB 2020 1555 5555 55", "[bank details]"),
        ("card 4111 1111 1111 1111", "card [bank details]"),
        ("i paid £1,250 and £100000 for 1500ml", "i paid £1,250 and £100000 for 1500ml"),
        ("dob 3 May 1981, born on 03/05/1981", "dob [date of birth], born on [date of birth]"),
    ],
)
def test_numbers_of_money_and_of_the_state_are_found_and_sums_are_not(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("about HC-4821-7360-Z or hc 4821 736O z", "about [reference] or [reference]"),
        ("job 123456, ref: WO/4521-B, Ref 7714", "job [reference], ref: [reference], Ref [reference]"),
        ("my case 2019, no heating since 2021", "my case 2019, no heating since 2021"),
        ("job 3 times, no gas 2021, complaint 2", "job 3 times, no gas 2021, complaint 2"),
        ("his van AB12 CDE", "his van [reference]"),
        ("their letter ASB-9120 and 440912", "their letter [reference] and [reference]"),
    ],
)
def test_references_are_found_and_years_are_not(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail tunde.b+home@tenant.example.", "mail [email]."),
        ("<o'neil@tenant.example> and tunde @ tenant.example", "<[email]> and [email]"),
        ("tunde dot b at gmail dot com, tunde(at)tenant.example", "[email], [email]"),
        ("we met at ten dot", "we met at ten dot"),
        ("see https://tenant.example/x?y=1 or www.tenant.example/a", "see [link] or [link]"),
        ("see (tenant.example)", "see ([link])"),
        ("no.one came.it leaks", "no.one came.it leaks"),
    ],
)
def test_mail_addresses_and_links_are_found(text: str, left: str) -> None:
    assert redacted(text) == left


def test_words_around_stay_as_they_were_and_a_mark_in_the_text_is_no_mark() -> None:
    text = "Subject: Boiler\n\nIt leaks – 😀  [name] says.\n\nنعم ağır"
    assert redacted(text, SHIRLEY) == text
    assert redacted("\ue000 \ue004") == "   ", "our own signs for a mark, sent to us, stand for nothing"


def test_redacting_twice_changes_nothing_more() -> None:
    text = "Dear Priya,\nShirley Amadi, 3 Elm Close DA1 1AA, 07700 900123, a@tenant.example, ref 12345\nThanks\nJo"
    once = redacted(text, SHIRLEY)
    assert redacted(once, SHIRLEY) == once
    for told in ("Shirley", "Amadi", "Elm", "DA1", "07700", "@", "12345", "Priya"):
        assert told not in once


@pytest.mark.parametrize("name", ["", " ", "(", "[a-z]+", "Dr", "a.b*c", "x" * 5000, "💥", "İ", "ß"])
def test_any_name_can_be_looked_for(name: str) -> None:
    assert redacted("It leaks.", Particulars((name,), (name,), (name,))) == "It leaks."


@pytest.mark.parametrize(
    "endless",
    [
        "a",
        "A-",
        "1 ",
        "a.a",
        "Amadi ",
        "flat ",
        "flat nine ",
        "key safe ",
        "pin ",
        "born in ",
        "name is ",
        "my sons ",
        "123 ",
        "one ",
        "12 aa ",
        "a@",
        "\n",
        "thanks\n",
    ],
)
def test_an_endless_message_comes_to_an_end(endless: str) -> None:
    assert redacted(endless * 20_000, SHIRLEY)
