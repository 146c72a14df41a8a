import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation.languages import Language
from chalicelib.foundation.problems import BodyTooLarge, InvalidInput, NotJson, Problem, UnsupportedMediaType
from chalicelib.foundation.requests import (
    BODY_LIMIT,
    base_path,
    language_of,
    strict_json,
    uniform,
    with_json_body,
)

words = st.text(st.characters(codec="utf-8", exclude_characters="\ufffd"))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=15,
)
objects = st.dictionaries(words, values, max_size=5)


def http(body, content_type="application/json", *, encoded=False):
    return {"headers": {"content-type": content_type}, "body": body, "isBase64Encoded": encoded}


def nested(kind, depth):
    return '{"a":' * depth + "1" + "}" * depth if kind == "object" else '{"a":' + "[" * depth + "]" * depth + "}"


@given(objects, st.booleans())
def test_any_object_comes_back_as_it_was_written(written, ascii_only):
    assert strict_json(json.dumps(written, ensure_ascii=ascii_only)) == written


@given(objects, st.integers(0, 5), words)
def test_a_repeated_key_is_refused_and_named_however_deep(written, depth, name):
    key = json.dumps(name)
    text = f"{{{key}:1,{key}:{json.dumps(written)}}}"
    for _ in range(depth):
        text = f'{{"outer":[0,{text}]}}'
    with pytest.raises(InvalidInput) as refused:
        strict_json(text)
    assert [fault.where[-1] for fault in refused.value.faults] == [name]


def test_every_repeated_key_is_named_once():
    with pytest.raises(InvalidInput) as refused:
        strict_json('{"a":1,"a":2,"a":3,"b":{"c":1,"d":1,"c":1}}')
    assert sorted(fault.where[-1] for fault in refused.value.faults) == ["a", "c"]


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5000, "-" + "1" * 5000, "01", "1.", ".5", "+1", "0x1"],
)
@pytest.mark.parametrize("around", ['{{"a":{}}}', '{{"a":[{{"b":{}}}]}}', "{}"])
def test_what_is_not_a_number_of_json_is_refused(text, around):
    with pytest.raises(NotJson):
        strict_json(around.format(text))


@pytest.mark.parametrize("half", [r"\ud800", r"\uDFFF", r"\ud83d\u0041", r"\ud83d\ud83d\ude00", r"a\udc00b"])
@pytest.mark.parametrize("around", ['{{"a":"{}"}}', '{{"{}":1}}', '{{"a":[{{"{}":[]}}]}}'])
def test_half_a_character_is_refused_in_keys_and_values(half, around):
    with pytest.raises(NotJson):
        strict_json(around.format(half))


def test_half_a_character_is_refused_though_a_repeated_key_hides_it():
    with pytest.raises(Problem) as refused:
        strict_json(r'{"x":{"\ud800":1,"\ud800":2},"x":1}')
    json.dumps(refused.value.document(Language.FR), ensure_ascii=False).encode()


@pytest.mark.parametrize("whole", [r"\ud83d\ude00", "😀", r"\\ud800", r"\u00e9"])
def test_a_whole_character_is_taken_however_it_is_written(whole):
    assert strict_json(f'{{"a":"{whole}"}}') == json.loads(f'{{"a":"{whole}"}}')


@pytest.mark.parametrize("depth", [10, 100, 500])
@pytest.mark.parametrize("kind", ["object", "list"])
def test_reasonable_nesting_is_read(kind, depth):
    assert set(strict_json(nested(kind, depth))) == {"a"}


@pytest.mark.parametrize("depth", [1500, 5000, 30_000])
@pytest.mark.parametrize("kind", ["object", "list"])
def test_nesting_too_deep_to_read_is_refused(kind, depth):
    with pytest.raises(NotJson):
        strict_json(nested(kind, depth))


@pytest.mark.parametrize("depth", range(900, 1100, 7))
def test_nesting_near_what_can_be_read_is_read_or_refused(depth):
    with suppress(NotJson):
        assert set(strict_json(nested("list", depth))) == {"a"}


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "}", '{"a":}', '{"a":1,}', "{'a':1}", "\ufeff{}", "{} {}", '{"a":"\n"}', '{"a":"\0"}', "\0", "tru"],
)
def test_what_is_not_json_is_refused(text):
    with pytest.raises(NotJson):
        strict_json(text)


@pytest.mark.parametrize("text", ["[]", "1", "null", "true", '"a"', '[{"a":1}]'])
def test_json_that_is_no_object_is_refused_as_a_whole(text):
    with pytest.raises(InvalidInput) as refused:
        strict_json(text)
    assert [fault.where for fault in refused.value.faults] == [()]


def test_a_syntax_error_says_where():
    with pytest.raises(NotJson) as refused:
        strict_json('{"a": 1,\n  b: 2}')
    assert "2" in refused.value.detail.en
    assert "3" in refused.value.detail.en


@given(st.text() | st.text('{}[]":,\\u0eE+-.d89 \n'))
def test_any_text_is_an_object_or_a_problem(text):
    with suppress(NotJson, InvalidInput):
        assert isinstance(strict_json(text), dict)


@given(objects)
def test_a_body_is_read_alike_as_text_and_as_base64(written):
    text = json.dumps(written, ensure_ascii=False)
    encoded = base64.b64encode(text.encode()).decode()
    plain, decoded = with_json_body(http(text)), with_json_body(http(encoded, encoded=True))
    assert plain == decoded
    assert strict_json(plain["body"]) == written


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b'{"a":"\xe9"}', b'{"a":"\xed\xa0\x80"}', "{}".encode("utf-16")])
def test_a_body_that_is_not_utf_8_is_refused(body):
    with pytest.raises(NotJson):
        with_json_body(http(base64.b64encode(body).decode(), encoded=True))


@pytest.mark.parametrize("body", ['{"a":"d\ufffdfonc\ufffd"}', '{"\ufffd":1}'])
def test_a_body_that_a_gateway_has_spoilt_is_refused(body):
    with pytest.raises(NotJson):
        with_json_body(http(body))


def test_who_means_the_replacement_character_can_say_so():
    assert strict_json(with_json_body(http('{"a":"\\ufffd"}'))["body"]) == {"a": "\ufffd"}


def test_a_byte_order_mark_is_ignored():
    assert strict_json(with_json_body(http("\ufeff{}"))["body"]) == {}


@pytest.mark.parametrize("body", ["{}", "e30", "e30=e30=", "é", "e3 0="])
def test_a_body_that_claims_to_be_base64_and_is_not_is_refused(body):
    with pytest.raises(NotJson):
        with_json_body(http(body, encoded=True))


@pytest.mark.parametrize("body", [None, "", "  \n", "\ud800"])
def test_no_body_and_half_a_character_are_refused(body):
    with pytest.raises(NotJson):
        with_json_body(http(body))


@pytest.mark.parametrize("char", ["a", "é", "😀"])
def test_the_limit_of_a_body_is_in_bytes(char):
    fitting = char * (BODY_LIMIT // len(char.encode()))
    assert with_json_body(http(fitting))["body"] == fitting
    with pytest.raises(BodyTooLarge):
        with_json_body(http(fitting + char))
    with pytest.raises(BodyTooLarge):
        with_json_body(http(base64.b64encode((fitting + char).encode()).decode(), encoded=True))


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON", "application/json; charset=utf-8", "application/json ;x"]
)
def test_json_is_known_by_its_content_type(content_type):
    assert with_json_body(http("{}", content_type))["body"] == "{}"


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", ";"]
)
def test_another_content_type_is_refused(content_type):
    with pytest.raises(UnsupportedMediaType):
        with_json_body(http("{}", content_type))


def event(**given_):
    return {
        "requestContext": {"resourcePath": "/v1/things/{id}", "httpMethod": "GET", "path": "/pilot/v1/things/x"}
    } | given_


@pytest.mark.parametrize(("sent", "seen"), [("abc", "abc"), ("a%20b", "a b"), ("%C3%A9", "é"), ("%2541", "%41")])
def test_path_parameters_are_decoded_once(sent, seen):
    assert uniform(event(pathParameters={"id": sent}))["path"] == f"/v1/things/{seen}"


def test_header_names_are_known_whatever_their_case():
    headers = {"Content-TYPE": "a", "tracking-token": "b"}
    assert uniform(event(headers=headers))["headers"] == {"content-type": "a", "tracking-token": "b"}
    assert uniform(event(headers=None))["headers"] == {}


@pytest.mark.parametrize(
    ("path", "base"),
    [("/pilot/v1/things/x", "/pilot"), ("/v1/things/x", ""), ("/a/b/v1/things/x/v1/y", "/a/b"), (None, "")],
)
def test_the_base_path_is_what_stands_before_the_version(path, base):
    assert base_path({"requestContext": {"path": path}}) == base


def test_the_language_comes_from_the_query_then_from_the_header():
    english, french = {"accept-language": "en"}, {"accept-language": "fr"}
    assert language_of({"headers": english}) is Language.EN
    assert language_of({"headers": english, "queryStringParameters": {"lang": "fr"}}) is Language.FR
    assert language_of({"headers": french, "multiValueQueryStringParameters": {"lang": ["en"]}}) is Language.EN
    assert language_of({"headers": None, "queryStringParameters": None}) is Language.FR
