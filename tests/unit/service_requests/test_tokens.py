import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.foundation.ids import from_number
from chalicelib.foundation.keys import Keys
from chalicelib.service_requests.tokens import opens, token_for

FIRST, BOTH, SECOND = Keys({1: b"first"}), Keys({1: b"first", 2: b"second"}), Keys({2: b"second"})
ID = "7K3Q9XPTM4"
ids = st.integers(0, 2**45 - 1).map(from_number)
generations = st.integers(1, 50)


@given(ids, generations, ids, generations)
def test_a_token_opens_its_own_service_request_and_generation_alone(id, generation, other, other_generation):
    token = token_for(FIRST, id, generation)
    assert opens(FIRST, token, id, generation)
    assert opens(FIRST, token, other, other_generation) is ((id, generation) == (other, other_generation))


def test_what_moves_between_the_id_and_the_generation_opens_nothing():
    assert not opens(FIRST, token_for(FIRST, ID + "|1", 1), ID, 11)
    assert not opens(FIRST, token_for(FIRST, ID, 11), ID + "1", 1)


@given(ids, generations)
def test_a_token_names_its_key_and_carries_128_bits_that_go_through_a_link(id, generation):
    assert re.fullmatch(r"1-[A-Za-z0-9_-]{22}", token_for(FIRST, id, generation))


def test_a_token_outlives_a_rotation_but_not_its_key():
    before, after = token_for(FIRST, ID, 1), token_for(BOTH, ID, 1)
    assert (before[:2], after[:2]) == ("1-", "2-")
    assert opens(BOTH, before, ID, 1)
    assert opens(BOTH, after, ID, 1)
    assert opens(SECOND, after, ID, 1)
    assert not opens(SECOND, before, ID, 1)
    assert not opens(FIRST, after, ID, 1)


def test_raising_the_generation_revokes_a_leaked_token():
    leaked = token_for(FIRST, ID, 1)
    assert not opens(FIRST, leaked, ID, 2)
    assert opens(FIRST, token_for(FIRST, ID, 2), ID, 2)


@given(st.data())
def test_a_token_with_a_symbol_changed_opens_nothing(data):
    token = token_for(FIRST, ID, 1)
    place = data.draw(st.integers(0, len(token) - 1))
    symbol = data.draw(st.characters())
    assume(symbol != token[place])
    assert not opens(FIRST, token[:place] + symbol + token[place + 1 :], ID, 1)


@pytest.mark.parametrize("made", [lambda t: t[:-1], lambda t: t + "A", lambda t: t + "=", lambda t: " " + t, str.lower])
def test_a_token_shortened_lengthened_or_recased_opens_nothing(made):
    assert not opens(FIRST, made(token_for(FIRST, ID, 1)), ID, 1)


@pytest.mark.parametrize(
    "made",
    [
        lambda rest: rest,
        lambda rest: "-" + rest,
        lambda rest: "01-" + rest,
        lambda rest: "+1-" + rest,
        lambda rest: "１-" + rest,  # a full-width digit
        lambda rest: "¹-" + rest,
        lambda rest: "2-" + rest,
        lambda rest: "-1-" + rest,
        lambda rest: "1" * 5000 + "-" + rest,
    ],
)
def test_a_token_that_names_no_key_or_names_it_otherwise_opens_nothing(made):
    assert not opens(FIRST, made(token_for(FIRST, ID, 1).removeprefix("1-")), ID, 1)


@given(st.text())
def test_garbage_opens_nothing(token):
    assert not opens(BOTH, token, ID, 1)
