import json

import pytest

from tests.support.submissions import WESTMOUNT, position, pothole
from tests.support.told import ORIGIN, check_problem, pointers

PATH = "/v1/service-requests"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
RIGHT = json.dumps(pothole())


def text(**members):
    """A right submission as text, with these members added as they are written."""
    return RIGHT[:-1] + "".join(f',"{name}":{value}' for name, value in members.items()) + "}"


def at(lat, lon="-73.5"):
    return f'{{"service_code":"nid-de-poule","attributes":{{"taille":"grand"}},"location":{{"lat":{lat},"lon":{lon}}}}}'


NOT_READ = {
    "empty": ("", 400, "not-json"),
    "blank": (" \n", 400, "not-json"),
    "no body": (None, 400, "not-json"),
    "cut short": (RIGHT[:-1], 400, "not-json"),
    "two documents": (RIGHT + RIGHT, 400, "not-json"),
    "single quotes": ("{'a':1}", 400, "not-json"),
    "utf-16": (RIGHT.encode("utf-16"), 400, "not-json"),
    "latin-1": (text(description='"été"').encode("latin-1"), 400, "not-json"),
    "bytes of half a character": (RIGHT.replace("grand", "\ud800").encode(errors="surrogatepass"), 400, "not-json"),
    "replaced by a gateway": (text(description='"\ufffdt\ufffd"'), 400, "not-json"),
    "NaN": (at("NaN"), 400, "not-json"),
    "Infinity": (at("Infinity"), 400, "not-json"),
    "-Infinity": (at("-Infinity"), 400, "not-json"),
    "1e999": (at("1e999"), 400, "not-json"),
    "5 000 digits": (at("9" * 5000), 400, "not-json"),
    "lone surrogate in a value": (text(description='"\\ud800"'), 400, "not-json"),
    "lone surrogate in a key": (text(**{"\\udfff": "1"}), 400, "not-json"),
    "30 000 brackets": (text(description="[" * 30_000 + "]" * 30_000), 400, "not-json"),
    "30 000 open brackets": ("[" * 30_000, 400, "not-json"),
    "10 000 braces": (text(x='{"a":' * 10_000 + "1" + "}" * 10_000), 400, "not-json"),
    "NUL": ("\0" + RIGHT, 400, "not-json"),
    "over 64 kB": (text(description=json.dumps("x" * 65_536)), 413, "body-too-large"),
    "over 64 kB of é": (text(description='"' + "é" * 33_000 + '"'), 413, "body-too-large"),
    "over 64 kB of what is not JSON": ("[" * 70_000, 413, "body-too-large"),
    "over 64 kB in base64": (text(description=json.dumps("x" * 65_536)).encode(), 413, "body-too-large"),
}
ATTRIBUTES_51 = sorted(["#/attributes", *(f"#/attributes/{n}" for n in range(50))])
FAULTY = {
    "a list": ("[]", ["#"]),
    "a number": ("1", ["#"]),
    "null": ("null", ["#"]),
    "a text": ('"a"', ["#"]),
    "nothing in it": ("{}", ["#/location", "#/service_code"]),
    "unknown field": (text(x="1"), ["#/x"]),
    "unknown field in the place": (pothole(location=position("VM") | {"x": 1}), ["#/location/x"]),
    "unknown field with a strange name": (text(**{"a/b~c": "1"}), ["#/a~1b~0c"]),
    "repeated field": (text(description='"a"', channel='"web"')[:-1] + ',"description":"b"}', ["#/description"]),
    "repeated field in the place": (at('45.5,"lat":45.6'), ["#/lat"]),
    "latitude beyond the pole": (at("90.5"), ["#/location/lat"]),
    "longitude beyond the date line": (at("45.5", "-180.5"), ["#/location/lon"]),
    "both beyond": (at("1e300", "-1e300"), ["#/location/lat", "#/location/lon"]),
    "a latitude of 400 digits": (at("9" * 400), ["#/location/lat"]),
    "latitude as text": (at('"45.5"'), ["#/location/lat"]),
    "latitude true": (at("true"), ["#/location/lat"]),
    "latitude null": (at("null"), ["#/location/lat"]),
    "half a position": (pothole(location={"lat": 45.5}), ["#/location/lon"]),
    "no place": (pothole(location={}), ["#/location"]),
    "place null": (pothole(location=None), ["#/location"]),
    "position and borough": (pothole(location=position("VM") | {"borough": "VM"}), ["#/location/borough"]),
    "borough alone": (pothole(location={"borough": "VM"}), ["#/location"]),
    "unknown borough": (pothole(location={"borough": "ZZ", "address": "1"}), ["#/location/borough"]),
    "three streets": (pothole(location={"borough": "VM", "intersection": list("abc")}), ["#/location/intersection"]),
    "outside the city": (pothole(location=WESTMOUNT), ["#/location"]),
    "borough not of the pilot, by map": (pothole("AC"), ["#/location"]),
    "borough not of the pilot": (pothole(location={"borough": "AC", "address": "1"}), ["#/location/borough"]),
    "unknown service": (pothole(service_code="zzz"), ["#/service_code"]),
    "service a number": (pothole(service_code=5), ["#/service_code"]),
    "control character": (pothole(description="a\u0000b"), ["#/description"]),
    "escape": (pothole(description="\u001b[31m"), ["#/description"]),
    "C1 control": (pothole(description="a\u009bb"), ["#/description"]),
    "line break in an address": (
        pothole(location={"borough": "VM", "address": "1, rue X\nrue Y"}),
        ["#/location/address"],
    ),
    "blank description": (pothole(description="   "), ["#/description"]),
    "long description": (pothole(description="x" * 4001), ["#/description"]),
    "description a number": (pothole(description=5), ["#/description"]),
    "channel of the city's own": (pothole(channel="phone"), ["#/channel"]),
    "channel null": (pothole(channel=None), ["#/channel"]),
    "attributes a list": (pothole(attributes=["taille"]), ["#/attributes"]),
    "required answer missing": (pothole(attributes={}), ["#/attributes/taille"]),
    "no attributes": ({"service_code": "nid-de-poule", "location": position("VM")}, ["#/attributes/taille"]),
    "wrong answer": (pothole(attributes={"taille": "immense"}), ["#/attributes/taille"]),
    "answer null": (pothole(attributes={"taille": None}), ["#/attributes/taille"]),
    "answer an object": (pothole(attributes={"taille": {}}), ["#/attributes/taille"]),
    "catalogue version a number": (pothole(catalogue_version=5), ["#/catalogue_version"]),
    "unknown catalogue version": (
        pothole(catalogue_version="pilot-0000000000", attributes={"taille": "géant"}),
        ["#/attributes/taille", "#/catalogue_version"],
    ),
    "answer to no question": (pothole(attributes={"taille": "grand", "x": 1}), ["#/attributes/x"]),
    "51 answers": (pothole(attributes={"taille": "grand"} | {str(n): 1 for n in range(50)}), ATTRIBUTES_51),
    "nested 900 deep": (text(description="[" * 900 + "]" * 900), ["#/description"]),
    "answers named as the fields beside them": (
        {"service_code": "zzz", "location": WESTMOUNT, "attributes": {"service_code": None, "location": None}},
        ["#/attributes/location", "#/attributes/service_code", "#/location", "#/service_code"],
    ),
    "everything": (
        {
            "service_code": "nid-de-poule",
            "location": WESTMOUNT | {"address": ""},
            "description": "\u0000",
            "attributes": {"taille": "immense", "x": 1, "y": None},
            "channel": "pigeon",
            "z": 1,
        },
        [
            "#/attributes/taille",
            "#/attributes/x",
            "#/attributes/y",
            "#/channel",
            "#/description",
            "#/location",
            "#/location/address",
            "#/z",
        ],
    ),
}


def sent_in_every_way(gateway, body, **options):
    """The answers in French and in English by query and by header, with the language each should have."""
    headers = {"Origin": ORIGIN} | options.pop("headers", {})
    english = headers | {"Accept-Language": "en-CA, fr;q=0.5"}
    return [
        ("fr", gateway.call("POST", PATH, body=body, headers=headers, **options)),
        ("en", gateway.call("POST", PATH + "?lang=en", body=body, headers=headers, **options)),
        ("en", gateway.call("POST", PATH, body=body, headers=english, **options)),
    ]


def check_refused(gateway, stored, body, status, slug, **options):
    before = stored()
    documents = []
    for language, answer in sent_in_every_way(gateway, body, **options):
        documents.append(check_problem(answer, status, slug, language))
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    french, english, again = documents
    assert english == again
    assert french["title"] != english["title"]
    assert french["detail"] != english["detail"]
    assert stored() == before
    return french, english


@pytest.mark.parametrize("name", NOT_READ)
def test_a_body_that_cannot_be_read_is_refused(gateway, stored, name):
    body, status, slug = NOT_READ[name]
    headers = {"Content-Type": "application/json"}
    french, _ = check_refused(gateway, stored, body, status, slug, headers=headers)
    assert "errors" not in french


@pytest.mark.parametrize("name", FAULTY)
def test_a_wrong_submission_is_told_what_is_wrong_and_where(gateway, stored, name):
    body, where = FAULTY[name]
    french, english = check_refused(gateway, stored, body, 422, "invalid-input")
    assert pointers(french) == where
    for fault, same in zip(french["errors"], english["errors"], strict=True):
        assert (fault["in"], fault["pointer"]) == (same["in"], same["pointer"])
        assert fault["detail"] != same["detail"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
)
def test_another_content_type_is_refused(gateway, stored, content_type):
    check_refused(gateway, stored, RIGHT, 415, "unsupported-media-type", headers={"Content-Type": content_type})


def test_the_shape_the_catalogue_the_query_and_the_headers_are_told_at_once(gateway, stored):
    body = {
        "service_code": "zzz",
        "location": WESTMOUNT,
        "description": 5,
        "attributes": {"a": None},
        "x": 1,
    }
    before = stored()
    answer = gateway.post(PATH + "?y=1", body, headers={"Idempotency-Key": "short"})
    assert [p.lower() for p in pointers(check_problem(answer, 422, "invalid-input"))] == [
        "#/attributes/a",
        "#/description",
        "#/location",
        "#/service_code",
        "#/x",
        "header#/idempotency-key",
        "query#/y",
    ]
    assert stored() == before


def test_what_only_the_catalogue_refuses_is_told_with_what_only_the_query_gets_wrong(gateway):
    body = pothole(location=WESTMOUNT, attributes={"taille": "immense"})
    answer = gateway.post(PATH + "?y=1", body)
    assert pointers(check_problem(answer, 422, "invalid-input")) == ["#/attributes/taille", "#/location", "query#/y"]


def test_outside_the_city_the_nearest_borough_is_named_though_something_else_is_wrong(gateway):
    document = check_problem(gateway.post(PATH, pothole(location=WESTMOUNT)), 422, "invalid-input")
    assert {"nearest_borough", "distance_m", "phone"} <= set(document)
    assert "311" in document["errors"][0]["detail"]


@pytest.mark.parametrize("otherwise_wrong", [{"description": 7}, {"photos": "x"}, {"nonsense": 1}])
def test_how_far_out_it_is_and_whom_to_call_is_said_though_something_is_not_even_well_formed(gateway, otherwise_wrong):
    document = check_problem(gateway.post(PATH, pothole(location=WESTMOUNT, **otherwise_wrong)), 422, "invalid-input")
    assert {"nearest_borough", "distance_m", "phone"} <= set(document)
    assert len(document["errors"]) == 2


@pytest.mark.parametrize("otherwise_wrong", [{"description": 7}, {"nonsense": 1}])
def test_a_danger_is_told_as_one_though_something_is_not_even_well_formed(gateway, otherwise_wrong):
    body = pothole(attributes={"taille": "dangereux"}, **otherwise_wrong)
    document = check_problem(gateway.post(PATH, body), 422, "stopped")
    assert (document["kind"], document["phone"]) == ("danger", "311")
    assert len(document["errors"]) == 2


def test_a_thousand_faults_are_told_up_to_a_hundred(gateway):
    document = check_problem(gateway.post(PATH, pothole(**{f"x{n}": 1 for n in range(1000)})), 422, "invalid-input")
    assert len(document["errors"]) == 100


def test_a_body_as_large_as_allowed_is_read(gateway):
    padded = RIGHT + " " * (64 * 1024 - len(RIGHT))
    assert gateway.post(PATH, padded).status == 201
    check_problem(gateway.post(PATH, padded + " "), 413, "body-too-large")


def test_a_body_in_base64_is_read(gateway):
    answer = gateway.post(PATH, text(description='"été 😀"').encode())
    assert answer.status == 201


def test_a_content_type_may_say_its_charset_in_any_case(gateway):
    assert gateway.post(PATH, RIGHT, headers={"content-type": "Application/JSON; Charset=UTF-8"}).status == 201


def test_an_origin_that_is_not_allowed_gets_no_permission(gateway):
    for body in (RIGHT, "{", "{}"):
        answer = gateway.post(PATH, body, headers={"Origin": "https://elsewhere.test"})
        assert "Access-Control-Allow-Origin" not in answer.headers


STOPPED = {
    "a danger": (pothole(attributes={"taille": "dangereux"}), "danger", "311", ["#/attributes/taille"]),
    "not the city's": (
        pothole(attributes={"taille": "grand", "emplacement": "autoroute"}),
        "not_ours",
        "511",
        ["#/attributes/emplacement"],
    ),
    "with other faults": (
        pothole(location=WESTMOUNT, attributes={"taille": "dangereux", "x": 1}),
        "danger",
        "311",
        ["#/attributes/taille", "#/attributes/x", "#/location"],
    ),
}


@pytest.mark.parametrize("name", STOPPED)
def test_what_is_not_for_the_counter_is_refused_with_what_to_do_and_whom_to_call(gateway, stored, name):
    body, kind, phone, where = STOPPED[name]
    for document in check_refused(gateway, stored, body, 422, "stopped"):
        assert (document["kind"], document["phone"]) == (kind, phone)
        assert phone in document["detail"]
        assert pointers(document) == where
        (told,) = [
            fault["detail"] for fault in document["errors"] if phone in fault["detail"] and "attr" in fault["pointer"]
        ]
        assert told == document["detail"]
