import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib.foundation.texts import LINE_LENGTH, PROSE_LENGTH, Line, Prose

LINE, PROSE = TypeAdapter(Line), TypeAdapter(Prose)
CONTROLS = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cc"]
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=50)


def kind_of(adapter, value):
    with pytest.raises(ValidationError) as invalid:
        adapter.validate_python(value)
    [error] = invalid.value.errors()
    return error["type"]


@given(words)
def test_a_text_is_kept_as_it_is_in_any_language(text):
    framed = f"«{text}»"
    assert LINE.validate_python(framed) == framed
    assert PROSE.validate_python(framed) == framed


@pytest.mark.parametrize("adapter", [LINE, PROSE])
def test_the_blank_around_a_text_is_taken_off(adapter):
    assert adapter.validate_python("  \u00a0a  b\u2003 ") == "a  b"


@pytest.mark.parametrize("adapter", [LINE, PROSE])
@pytest.mark.parametrize("blank", ["", "   ", "\u00a0\u2003", "\n\n", "\r\n\t "])
def test_a_blank_text_is_no_text(adapter, blank):
    assert kind_of(adapter, blank) in ("string_too_short", "control_character")


@pytest.mark.parametrize(("adapter", "limit"), [(LINE, LINE_LENGTH), (PROSE, PROSE_LENGTH)])
@pytest.mark.parametrize("char", ["a", "é", "漢", "😀"])
def test_the_limit_counts_characters_whatever_the_script(adapter, limit, char):
    assert adapter.validate_python(char * limit) == char * limit
    assert kind_of(adapter, char * (limit + 1)) == "string_too_long"


@pytest.mark.parametrize("char", CONTROLS, ids=lambda char: f"U+{ord(char):04X}")
def test_a_control_character_is_refused_but_for_what_lays_out_prose(char):
    assert kind_of(LINE, f"a{char}b") == "control_character"
    if char in "\n\t\r":
        assert PROSE.validate_python(f"a{char}b") == f"a{char}b".replace("\r", "\n")
    else:
        assert kind_of(PROSE, f"a{char}b") == "control_character"


@given(st.lists(st.sampled_from(["a", "\n", "\r\n", "\r"]), max_size=30).map("".join))
def test_every_line_ending_becomes_one(text):
    assert PROSE.validate_python(f"<{text}>") == "<" + text.replace("\r\n", "\n").replace("\r", "\n") + ">"


@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], {}, ["a"]])
@pytest.mark.parametrize("adapter", [LINE, PROSE])
def test_what_is_not_a_text_is_refused(adapter, value):
    assert kind_of(adapter, value) == "string_type"
