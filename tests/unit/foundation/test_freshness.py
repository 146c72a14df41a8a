import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation.freshness import is_kept, tag_of

TAG = tag_of("an answer")


@pytest.mark.parametrize(
    "told", [TAG, f"W/{TAG}", f'"x", {TAG}', f'W/"x",W/{TAG} , "y"', f' {TAG} ,""', "*", " * ", f'"a,b",{TAG}']
)
def test_who_says_they_have_the_answer_is_believed(told):
    assert is_kept(TAG, told)


@pytest.mark.parametrize(
    "told", [None, "", "  ", '"x"', 'W/"x"', TAG.strip('"'), f'"x{TAG[1:]}', '"*"', "**", '"', "W/"]
)
def test_who_has_another_answer_or_none_is_answered(told):
    assert not is_kept(TAG, told)


@pytest.mark.parametrize("told", [TAG, "*"])
def test_nothing_that_was_not_made_is_kept(told):
    assert not is_kept(None, told)


@given(st.text(), st.text())
def test_two_answers_have_one_tag_only_if_they_are_the_same(one, other):
    assert (tag_of(one) == tag_of(other)) is (one == other)


@given(st.text(max_size=200))
def test_whatever_the_header_holds_it_is_read(told):
    assert is_kept(TAG, told) in (True, False)
