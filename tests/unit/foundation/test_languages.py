import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.foundation.languages import Language, Text, preferred

weights = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


@pytest.mark.parametrize(
    ("lang", "accept_language", "expected"),
    [
        (None, None, "fr"),
        ("", "", "fr"),
        (None, "en", "en"),
        (None, "EN-ca", "en"),
        (None, "en-CA,en;q=0.9,fr;q=0.8", "en"),
        (None, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        (None, "fr;q=0.4, en;q=0.5", "en"),
        (None, "en;q=0.4 , fr ; q=0.5", "fr"),
        (None, "en, fr", "fr"),
        (None, "de, en;q=0.001", "en"),
        (None, "en;q=0", "fr"),
        (None, "en;q=0.000, fr;q=0.001", "fr"),
        (None, "*", "fr"),
        (None, "de", "fr"),
        (None, "en;q=much, fr;q=0.1", "fr"),
        (None, ";;,,=en", "fr"),
        (None, "english", "fr"),
        ("en", "fr", "en"),
        ("fr", "en", "fr"),
        ("EN", None, "en"),
        ("de", "en", "fr"),
    ],
)
def test_french_unless_the_caller_asks_for_english(lang, accept_language, expected):
    assert preferred(lang, accept_language) == expected


@given(weights, weights, st.sampled_from(["{fr}, {en}", "{en},{fr}", "de , {en} , {fr};x", "{fr},{en},*;q=1"]))
def test_english_wins_only_by_the_greater_weight(fr, en, form):
    header = form.format(fr=f"fr-CA;q={fr:.3f}", en=f"en;q={en:.3f}")
    if ";x" in form:
        fr = 0
    assert preferred(None, header) is (Language.EN if en > fr else Language.FR)


@given(st.none() | st.text(), st.none() | st.text() | st.text("enfrq=;,.*- 01"))
def test_whatever_is_sent_one_of_the_two_is_chosen(lang, accept_language):
    assert preferred(lang, accept_language) in Language


def test_a_text_says_itself_in_either_language():
    text = Text(fr="Rue", en="Street")
    assert (text.in_(Language.FR), text.in_(Language.EN)) == ("Rue", "Street")


@pytest.mark.parametrize("incomplete", [{"fr": "Rue"}, {"fr": "Rue", "en": ""}, {"fr": " ", "en": "Street"}])
def test_a_text_lacks_neither_language(incomplete):
    with pytest.raises(ValidationError):
        Text.model_validate(incomplete)
