"""Nobody gets into somebody else's case; everybody gets into their own."""

from __future__ import annotations

from itertools import product

import pytest

from intakebot.domain.matching import Append, AskPerson, Candidate, OpenNew, decide, is_reply, subject_key


def test_a_party_who_gives_the_reference_is_let_in() -> None:
    match = decide([Candidate("R", True, sender_is_party=True, names_reference=True)], sender_forged=False)
    assert isinstance(match, Append)
    assert match.reference == "R"


def test_a_stranger_who_quotes_a_reference_is_for_a_person() -> None:
    match = decide([Candidate("R", True, names_reference=True)], sender_forged=False)
    assert isinstance(match, AskPerson)
    assert match.candidates == ("R",)


def test_a_stranger_with_somebody_elses_token_is_for_a_person() -> None:
    match = decide([Candidate("R", True, token_for_other=True, answers_message=True)], sender_forged=False)
    assert isinstance(match, AskPerson)


def test_two_people_with_the_same_subject_stay_apart() -> None:
    assert decide([Candidate("R", True, same_subject=True)], sender_forged=False) == OpenNew(())


def test_a_known_sender_who_names_nothing_gets_a_new_case_linked_to_the_old() -> None:
    assert decide([Candidate("R", True, sender_is_party=True)], sender_forged=False) == OpenNew(("R",))


def test_a_forged_sender_is_for_a_person_even_with_the_reference() -> None:
    match = decide([Candidate("R", True, sender_is_party=True, names_reference=True)], sender_forged=True)
    assert isinstance(match, AskPerson)
    assert "forged" in match.reason


def test_an_address_that_was_only_typed_opens_only_what_a_token_of_its_own_is_for() -> None:
    hers = Candidate("HERS", True, sender_is_party=True, names_reference=True)
    match = decide([hers], sender_forged=False, sender_only_typed=True)
    assert isinstance(match, AskPerson) and match.candidates == ("HERS",) and "typed" in match.reason
    signed = Candidate("SIGNED", True, sender_is_party=True, token_for_sender=True)
    assert decide([signed], sender_forged=False, sender_only_typed=True) == Append(
        "SIGNED", "It answers a letter we sent to this person."
    )
    match = decide([hers, signed], sender_forged=False, sender_only_typed=True)
    assert isinstance(match, Append) and match.reference == "SIGNED"


def test_the_reference_outranks_what_the_mail_program_carried_along() -> None:
    old = Candidate("OLD", True, sender_is_party=True, answers_message=True, token_for_sender=True)
    named = Candidate("NEW", True, sender_is_party=True, names_reference=True)
    assert decide([old, named], sender_forged=False) == Append(
        "NEW", "A party to the case wrote and gave its reference."
    )


def test_two_cases_equally_well_is_for_a_person() -> None:
    both = [Candidate(r, True, sender_is_party=True, names_reference=True) for r in ("A", "B")]
    assert isinstance(decide(both, sender_forged=False), AskPerson)


def test_never_in_without_being_known_and_tied_whatever_the_signs() -> None:
    seen = 0
    for signs in product([False, True], repeat=7):
        party, mine, others, answers, names, same, chat = signs
        candidate = Candidate("R", True, party, mine, others, answers, names, same, chat)
        match = decide([candidate], sender_forged=False)
        known = party or mine
        tied = mine or others or answers or names or ((same or chat) and party)
        assert isinstance(match, Append) == (known and tied)
        seen += 1
    assert seen == 128


def test_a_chat_with_two_open_cases_is_for_a_person() -> None:
    both = [Candidate(r, True, sender_is_party=True, same_chat=True) for r in ("A", "B")]
    assert isinstance(decide(both, sender_forged=False), AskPerson)


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        ("RE: Fwd:  Leak in   Kitchen", "leak in kitchen"),
        ("Re[2]: Leak in kitchen", "leak in kitchen"),
        ("AW: WG: Leak in kitchen", "leak in kitchen"),
        ("Re:", ""),
        ("hi", ""),
        ("Rent question", "rent question"),
    ],
)
def test_subjects_are_compared_without_reply_marks(subject: str, key: str) -> None:
    assert subject_key(subject) == key


def test_a_reply_mark_is_seen() -> None:
    assert is_reply("Fw: hello")
    assert not is_reply("Rewiring my flat")
