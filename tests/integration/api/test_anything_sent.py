"""Whatever is sent, the counter answers, and a refusal is always a problem document."""

import json
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.submissions import pothole
from tests.support.told import ORIGIN

odd = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "..",
        "%2F",
        "/",
        "\\",
        "{id}",
        "<id>",
        "'",
        '"',
        "\x00",
        "\n",
        "\r\nX: y",
        "é",
        "\u202e",
        "😀",
        "null",
        "NaN",
        "1e999",
        "-1",
    ]
)
segments = odd.filter(bool).map(lambda text: quote(text, safe=""))
known = st.sampled_from(["VM", "open", "graffiti", "7K3Q9XPTM3", "45.5", "-73.5", "2026-01-05T08:00:00Z", "10", "en"])
names = st.sampled_from(
    [
        "borough",
        "service_code",
        "status",
        "submitted_after",
        "submitted_before",
        "limit",
        "cursor",
        "lang",
        "lat",
        "lon",
    ]
)
queries = st.lists(st.tuples(names | odd, known | odd), max_size=4)
paths = st.one_of(
    st.sampled_from(
        ["/v1/services", "/v1/boroughs", "/v1/locate", "/v1/service-requests", "/v1/units/VM/service-requests"]
    ),
    segments.map("/v1/services/{}".format),
    segments.map("/v1/service-requests/{}".format),
    segments.map("/v1/units/{}/service-requests".format),
    st.tuples(segments, segments).map(lambda both: "/v1/units/{}/service-requests/{}".format(*both)),
    segments.map("/v1/units/VM/service-requests/{}/updates".format),
)
text = st.text(max_size=12) | st.sampled_from(["nid-de-poule", "VM", "grand", "start", "fixed", "web", "\ud800", "\0"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([10**400, -(10**25)]) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "service_code",
        "location",
        "description",
        "attributes",
        "channel",
        "update_id",
        "occurred_at",
        "action",
        "message",
    ]
)
places = st.dictionaries(st.sampled_from(["lat", "lon", "borough", "address", "intersection"]), json_values, max_size=5)
nearly_right = st.dictionaries(fields, json_values | places, max_size=4).map(lambda wrong: pothole() | wrong)
bodies = st.one_of(
    json_values.map(json.dumps),
    st.dictionaries(fields, json_values, max_size=6).map(json.dumps),
    nearly_right.map(json.dumps),
    nearly_right.map(lambda body: json.dumps(body)[:-2]),
    st.text('{}[]":,\\ud8e0EN.-1 \n', max_size=60),
    st.binary(max_size=60),
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.none(),
)
headers = st.fixed_dictionaries(
    {"Origin": st.just(ORIGIN)},
    optional={
        "Content-Type": st.sampled_from(["application/json", "text/plain", "application/json;charset=x"]) | odd,
        "Accept-Language": odd | st.sampled_from(["en", "fr;q=0"]),
        "Idempotency-Key": odd | st.just("a-key-that-is-right"),
        "Tracking-Token": odd | st.just("1-AAAAAAAAAAAAAAAAAAAAAA"),
        "X-Forwarded-For": odd,
    },
)
in_haste = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)


def check(answer):
    answer.body.encode()
    assert answer.status < 500, answer
    assert answer.headers["Content-Language"] in ("fr", "en")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    if answer.status >= 400:
        document = answer.json
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert document["type"].startswith("urn:guichet:problem:")
        assert document["status"] == answer.status
        assert document["title"]
        assert document["detail"]
        for fault in document.get("errors", []):
            assert fault["detail"] not in ("Valeur non valide.", "Invalid value."), answer
            assert "{" not in fault["detail"], answer


def link(query):
    return "?" + urlencode(query) if query else ""


@in_haste
@given(paths, queries, headers)
def test_whatever_is_asked_is_answered_or_told_why_not(gateway, path, query, headers):
    check(gateway.call("GET", path + link(query), headers=headers, role="guichet-test-unit-VM"))


@in_haste
@given(bodies, queries, headers)
def test_whatever_is_submitted_is_taken_or_told_why_not(gateway, stored, body, query, headers):
    answer = gateway.call("POST", "/v1/service-requests" + link(query), body=body, headers=headers)
    check(answer)
    assert answer.status != 200


@in_haste
@given(segments | st.just("7K3Q9XPTM3"), bodies, queries, headers)
def test_whatever_is_reported_is_taken_or_told_why_not(gateway, id, body, query, headers):
    path = f"/v1/units/VM/service-requests/{id}/updates"
    check(gateway.call("POST", path + link(query), body=body, headers=headers, role="guichet-test-unit-VM"))


@in_haste
@given(st.sampled_from(["PUT", "DELETE", "PATCH", "HEAD", "GET", "POST", "TRACE"]), paths, headers)
def test_a_method_that_the_gateway_should_not_have_let_through_is_told_so_too(gateway, method, path, headers):
    check(gateway.call(method, path, headers=headers, role="guichet-test-unit-VM"))
