"""Reading age: the formula as published, what is counted and what is not."""

from __future__ import annotations

import pytest

from intakebot.formats.reading_age import reading_age, syllables

# By ear, in Southern British English; the words are those of our letters.
SPOKEN = {
    1: "looked asked stage homes passed changed free ones wrote made like phoned mould we'll don't care please large"
    " owed",
    2: "received complaint repairs answered people being agreed happened sometimes reply refused useful something added"
    " started trial quiet create upheld partly working didn't housing service local social reason message details"
    " carry meanwhile offered problem sorry promised easy stories treated printed testing",
    3: "reference decided wherever area idea understand ombudsman policy outstanding promises services another"
    " government decision extension period officer manager audio",
    4: "responsible everything january february independent situation explanation apology",
}


@pytest.mark.parametrize(("count", "words"), SPOKEN.items())
def test_syllables_of_the_words_letters_use(count: int, words: str) -> None:
    assert {word: syllables(word) for word in words.split() if syllables(word) != count} == {}


def test_the_formula_is_flesch_and_kincaids() -> None:
    # 6 words, 2 sentences, 8 syllables: 0.39 * 3 + 11.8 * 8/6 - 15.59 = 1.31, and 5 years.
    assert reading_age("We answer it. We mend boilers.") == 6.3


def test_long_sentences_and_long_words_make_it_harder() -> None:
    plain = reading_age("We will mend it. You will hear from us soon.")
    longer = reading_age("We will mend it and you will hear from us soon and then we come to you with the part.")
    harder = reading_age(
        "Rectification will be undertaken. Communication will subsequently be established accordingly."
    )
    assert plain < longer < harder
    assert harder > 18


def test_headings_greeting_signature_addresses_and_numbers_are_not_counted() -> None:
    letter = "We will certainly mend your boiler soon. Tell us immediately if we do not."
    around = f"Dear Ama Mensah\n\nResponsibilities and explanations\n\n{letter}\n\nComplaints administration department"
    assert reading_age(around) == reading_age(letter)
    with_numbers = letter.replace("soon.", "soon, HC-0000-0000-A at https://a.example/complaints-policy 2026.")
    assert reading_age(with_numbers) == reading_age(letter.replace("soon.", "soon, at."))
    fixed = f"{letter}\n\n- Post: PO Box 1484, Unit D, Preston\n- Web: www.ombudsman.example"
    assert reading_age(fixed, ["PO Box 1484, Unit D, Preston", "www.ombudsman.example"]) == reading_age(letter)


def test_each_list_item_is_a_sentence() -> None:
    assert reading_age("You want:\n\n- the problem put right\n- an answer from us") == reading_age(
        "You want. The problem put right. An answer from us."
    )


@pytest.mark.parametrize("nothing", ["", "\n\n", "Heading only", "1234. 5678.", "- 0300 111 3000"])
def test_of_nothing_to_read_it_is_the_least(nothing: str) -> None:
    assert reading_age(nothing) == 5.0
