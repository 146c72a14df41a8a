import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chalicelib.foundation.document import EXAMPLES
from chalicelib.service_requests.list_views import FeatureCollection, Summaries, prefers_geojson


@pytest.mark.parametrize(
    "accept",
    [
        "application/geo+json",
        "Application/Geo+JSON",
        "application/geo+json; charset=utf-8",
        "application/geo+json, */*;q=0.1",
        "application/geo+json;q=0.2",
        "application/json;q=0.9, application/geo+json",
        "text/html, application/geo+json;q=0.8, application/*;q=0.7",
        "*/*, application/json;q=0",
        "nonsense, application/geo+json",
    ],
)
def test_who_asks_for_geojson_gets_it(accept):
    assert prefers_geojson(accept)


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/*",
        "application/json",
        "application/json, application/geo+json",
        "application/geo+json, application/json",
        "application/geo+json;q=0.5, */*",
        "application/geo+json;q=0",
        "application/geo+json;q=0, */*;q=0.5",
        "text/html",
        "application/geo+json2",
        "application/vnd.geo+json",
        ",;,/",
        "q=1",
    ],
)
def test_everybody_else_gets_json(accept):
    assert not prefers_geojson(accept)


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["application/geo+json", "*/*", ";q=", "1", ",", " "])).map("".join)
)
def test_no_header_is_too_strange(accept):
    assert prefers_geojson(accept) in (True, False)


@pytest.mark.parametrize(("answer", "model"), [("200", Summaries), ("200 application/geo+json", FeatureCollection)])
def test_the_examples_in_the_document_are_such_answers(answer, model):
    schema = model.model_json_schema(mode="serialization", ref_template="#/$defs/{model}")
    for example in json.loads((EXAMPLES / "list_service_requests.json").read_text())["answers"][answer].values():
        Draft202012Validator(schema).validate(example)
