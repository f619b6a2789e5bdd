"""References people can read out, and tokens nobody can make up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intakebot.domain.references import CHECK_LETTERS, Signer, Token, find_references, find_tokens, make_reference

numbers = st.integers(0, 99_999_999)
KEY = b"a key that is long enough"


def reference(number: int) -> str:
    return make_reference("HC", lambda _: number)


@given(numbers)
def test_a_reference_is_found_however_it_is_written(number: int) -> None:
    plain = reference(number)
    for spelling in (plain, plain.lower(), plain.replace("-", " "), plain.replace("-", ""), plain.replace("0", "O")):
        assert find_references(f"about {spelling}, please", "HC") == (plain,)


@given(numbers, st.integers(0, 7), st.integers(0, 9))
def test_one_wrong_digit_is_never_a_valid_reference(number: int, place: int, digit: int) -> None:
    digits = f"{number:08d}"
    wrong = digits[:place] + str(digit) + digits[place + 1 :]
    if wrong != digits:
        assert find_references(f"HC-{wrong[:4]}-{wrong[4:]}-{reference(number)[-1]}", "HC") == ()


@given(numbers, st.integers(0, 6))
def test_two_digits_swapped_are_never_a_valid_reference(number: int, place: int) -> None:
    digits = list(f"{number:08d}")
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    wrong = "".join(digits)
    if int(wrong) != number:
        assert find_references(f"HC-{wrong[:4]}-{wrong[4:]}-{reference(number)[-1]}", "HC") == ()


def test_check_letters_do_not_look_like_digits_or_each_other() -> None:
    assert len(set(CHECK_LETTERS)) == 23
    assert not set(CHECK_LETTERS) & set("IOY")


def test_another_landlords_prefix_is_not_ours() -> None:
    assert find_references(reference(48217360).replace("HC", "ZZ"), "HC") == ()


def test_a_reference_inside_a_longer_word_or_number_is_none() -> None:
    plain = reference(48217360).replace("-", "")
    assert find_references(f"X{plain} {plain}7", "HC") == ()


@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    find_references(text, "HC")


def test_a_token_comes_back_in_message_id_and_reply_address_and_is_ours_only_for_its_address() -> None:
    signer = Signer(KEY)
    ref = reference(48217360)
    message_id = signer.message_id("0a1b", ref, "s@tenant.example", "example.org")
    address = signer.reply_address("complaints@example.org", ref, "s@tenant.example")
    (by_id,) = find_tokens((message_id,), (), "example.org")
    (by_address,) = find_tokens((), (address.upper(),), "example.org")
    assert by_id == by_address
    assert by_id.reference == ref
    assert signer.is_ours(by_id, "s@tenant.example")
    assert not signer.is_ours(by_id, "other@tenant.example")
    assert not Signer(b"another key, long enough").is_ours(by_id, "s@tenant.example")


def test_a_token_in_a_message_id_of_another_domain_is_not_looked_at() -> None:
    message_id = Signer(KEY).message_id("0a1b", reference(1), "s@tenant.example", "example.org")
    assert find_tokens((message_id.replace("@example.org", "@evil.example"),), (), "example.org") == ()


def test_a_made_up_token_is_not_ours() -> None:
    assert not Signer(KEY).is_ours(Token(reference(1), "a" * 16), "s@tenant.example")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Signer(b"short")
