import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation.keys import Keys

KEYS = Keys({1: b"first", 2: b"second", 10: b"tenth"})
words = st.text(st.characters(codec="utf-8"), max_size=20)
uses = st.tuples(st.sampled_from(sorted(KEYS.by_number)), words, words)


@given(uses, uses)
def test_no_two_purposes_messages_or_keys_share_a_mac(one, other):
    macs = [KEYS.mac(purpose, message, number=number) for number, purpose, message in (one, other)]
    assert (macs[0] == macs[1]) == (one == other)


@given(words, words, words)
def test_what_moves_from_the_purpose_to_the_message_changes_the_mac(start, middle, end):
    one = KEYS.mac(start + middle, end, number=1)
    other = KEYS.mac(start, middle + end, number=1)
    assert (one == other) == (middle == "")


def test_what_moves_from_the_key_to_the_purpose_changes_the_mac():
    alike = Keys({1: b"key", 2: b"key-of"})
    assert alike.mac("-of-cursors", "a", number=1) != alike.mac("-cursors", "a", number=2)
    assert alike.mac("-of", "a", number=1) != alike.mac("", "a", number=2)


def test_a_mac_is_256_bits_and_always_the_same():
    assert len(KEYS.mac("tracking-token", "a", number=1)) == 32
    assert KEYS.mac("tracking-token", "a", number=1) == Keys({1: b"first"}).mac("tracking-token", "a", number=1)


def test_the_newest_and_oldest_go_by_number_not_by_text():
    assert (KEYS.newest, KEYS.oldest) == (10, 1)


def test_a_key_taken_out_signs_nothing_any_more():
    with pytest.raises(KeyError):
        KEYS.mac("tracking-token", "a", number=3)
