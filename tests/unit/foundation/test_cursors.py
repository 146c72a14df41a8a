import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.foundation import cursors
from chalicelib.foundation.keys import Keys
from chalicelib.foundation.problems import InvalidInput

FIRST = Keys({1: b"first"})
BOTH = Keys({1: b"first", 2: b"second"})
SECOND = Keys({2: b"second"})
LIST = "borough=VM&limit=50"
words = st.text(st.characters(codec="utf-8"), max_size=20)
positions = st.dictionaries(words, st.none() | words | st.integers(0, 9) | st.dictionaries(words, words), max_size=4)


def refused(keys, binding, cursor):
    with pytest.raises(InvalidInput) as invalid:
        cursors.opened(keys, binding, cursor)
    [fault] = invalid.value.faults
    return fault.part == "query" and fault.where == ("cursor",)


@given(positions, words)
def test_a_cursor_opens_at_the_position_it_was_made_for(position, binding):
    assert cursors.opened(FIRST, binding, cursors.sealed(FIRST, binding, position)) == position


@given(positions, words, words)
def test_a_cursor_opens_no_other_list(position, binding, other):
    assume(binding != other)
    assert refused(FIRST, other, cursors.sealed(FIRST, binding, position))


@given(positions, st.data())
def test_a_cursor_with_any_symbol_changed_opens_nothing(position, data):
    cursor = cursors.sealed(FIRST, LIST, position)
    # The last symbol of unpadded base64 has bits that mean nothing.
    place = data.draw(st.integers(0, len(cursor) - 2))
    symbol = data.draw(st.characters(codec="utf-8").filter(lambda symbol: symbol != cursor[place]))
    assert refused(FIRST, LIST, cursor[:place] + symbol + cursor[place + 1 :])


@given(words | st.text("abcXYZ019-_.=", max_size=80))
def test_a_made_up_cursor_opens_nothing(cursor):
    assert refused(FIRST, LIST, cursor)


def test_a_cursor_goes_through_a_link_unchanged():
    cursor = cursors.sealed(FIRST, LIST, {"id": "é😀" * 30, "key": None})
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_a_cursor_outlives_a_rotation_but_not_its_key():
    before, after = cursors.sealed(FIRST, LIST, {"id": "x"}), cursors.sealed(BOTH, LIST, {"id": "x"})
    assert cursors.opened(BOTH, LIST, before) == {"id": "x"}
    assert cursors.opened(SECOND, LIST, after) == {"id": "x"}
    assert refused(SECOND, LIST, before)
    assert refused(FIRST, LIST, after)
