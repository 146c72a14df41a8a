import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.foundation import ids

numbers = st.integers(0, 2**45 - 1)
symbols = st.sampled_from(ids.ALPHABET)


@given(numbers)
def test_an_id_is_ten_symbols_that_mean_themselves(number):
    id = ids.from_number(number)
    assert len(id) == 10
    assert set(id) <= set(ids.ALPHABET)
    assert ids.normalized(id) == id


@given(numbers, numbers)
def test_two_numbers_never_share_an_id(one, other):
    assert (ids.from_number(one) == ids.from_number(other)) == (one == other)


@given(st.integers(0, 2**64 - 1))
def test_only_the_low_45_bits_of_a_number_count(number):
    assert ids.from_number(number) == ids.from_number(number % 2**45)


@given(numbers)
def test_every_single_wrong_symbol_is_seen(number):
    id = ids.from_number(number)
    for place in range(10):
        for symbol in ids.ALPHABET:
            wrong = id[:place] + symbol + id[place + 1 :]
            assert ids.normalized(wrong) == (id if wrong == id else None)


@given(numbers, st.integers(0, 8))
def test_a_swap_of_neighbours_is_seen_unless_they_are_the_first_and_last_symbol(number, place):
    id = ids.from_number(number)
    assume({id[place], id[place + 1]} not in ({"0", "Z"}, {id[place]}))
    assert ids.normalized(id[:place] + id[place + 1] + id[place] + id[place + 2 :]) is None


@given(numbers, st.data())
def test_case_dashes_spaces_and_letters_that_look_like_digits_are_forgiven(number, data):
    id = ids.from_number(number)
    looks = {"0": "0Oo", "1": "1IiLl"}
    said = "".join(data.draw(st.sampled_from(looks.get(symbol, symbol + symbol.lower()))) for symbol in id)
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(said)))
        said = said[:place] + data.draw(st.sampled_from("- ")) + said[place:]
    assert ids.normalized(said) == id


@given(numbers, st.integers(0, 9), st.characters(min_codepoint=128))
def test_no_letter_beyond_ascii_stands_for_a_symbol(number, place, char):
    id = ids.from_number(number)
    assert ids.normalized(id[:place] + char + id[place + 1 :]) is None


WRITTEN = {*ids.ALPHABET, *"OIL"}
TURN_INTO_SYMBOLS = [
    (char, char.upper().translate(str.maketrans("OIL", "011")))
    for char in map(chr, range(128, 0x110000))
    if WRITTEN.issuperset(char.upper())
]


@pytest.mark.parametrize(("char", "symbols"), TURN_INTO_SYMBOLS)
def test_a_letter_that_turns_into_symbols_in_capitals_does_not_stand_for_them(char, symbols):
    id = next(id for id in map(ids.from_number, range(10**6)) if symbols in id)
    assert ids.normalized(id.replace(symbols, char)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "7K3Q9XPTM",
        "7K3Q9XPTM34",
        "７K3Q9XPTM4",  # a full-width digit
        "ßßßßß",  # grows to SSSSSSSSSS in capitals
        "ıııııııııı",  # is IIIIIIIIII in capitals
        "İİİİİİİİİİ",
        "UUUUUUUUUU",
        "7K3Q9_XPTM4",
        "7K3Q9\nXPTM4",
        "\ud800" * 10,
        "-" * 100_000,
    ],
)
def test_what_is_no_id_means_none(text):
    assert ids.normalized(text) is None


@given(st.text())
def test_any_text_is_an_id_or_none(text):
    meant = ids.normalized(text)
    assert meant is None or ids.normalized(meant) == meant


def test_the_example_in_our_texts_is_an_id():
    assert ids.normalized("7K3Q9-XPTM3") == "7K3Q9XPTM3"


def test_random_ids_are_ids_and_differ():
    found = {ids.random_id() for _ in range(1000)}
    assert len(found) == 1000
    assert all(ids.normalized(id) == id for id in found)
