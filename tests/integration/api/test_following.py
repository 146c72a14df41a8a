import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.submissions import pothole
from tests.support.told import ORIGIN, check_problem

PATH = "/v1/service-requests"
UNKNOWN = "00000000000"
SECRET = "SECRET"


@pytest.fixture(scope="module")
def receipt(gateway):
    body = pothole(description=f"{SECRET} text")
    body["location"] = body["location"] | {"address": f"{SECRET} street"}
    return gateway.post(PATH, body).json


@pytest.fixture
def path(receipt):
    return f"{PATH}/{receipt['service_request_id']}"


@pytest.fixture
def token(receipt):
    return {"Tracking-Token": receipt["tracking_token"]}


def test_anyone_sees_what_holds_nothing_personal(gateway, path, receipt):
    answer = gateway.get(path, headers={"Origin": ORIGIN})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.json["service_request_id"] == receipt["service_request_id"]
    assert [step["status"] for step in answer.json["steps"]] == ["submitted"]
    assert SECRET not in answer.body
    assert not {"place", "attributes", "channel", "tracking_token"} & set(answer.json)
    assert answer.json["description"] is None


def test_who_holds_the_token_sees_what_was_sent(gateway, path, token):
    view = gateway.get(path, headers=token).json
    assert view["description"] == f"{SECRET} text"
    assert view["place"]["address"] == f"{SECRET} street"
    assert view["attributes"] == {"taille": "grand"}
    assert view["steps"][0]["text"] == f"{SECRET} text"


def test_no_cache_keeps_what_one_saw_for_another(gateway, path, token):
    for headers in ({}, token, token | {"Origin": ORIGIN}):
        answer = gateway.get(path, headers=headers)
        assert answer.headers["Cache-Control"] == "no-store"
        assert {"Origin", "Accept-Language", "Tracking-Token"} <= set(answer.headers["Vary"].split(", "))


def test_reading_one_costs_one_read(gateway, path, token, calls):
    gateway.get(path, headers=token)
    with calls() as counted:
        assert gateway.get(path).status == 200
    assert counted == {"GetItem": 1}
    with calls() as counted:
        assert gateway.get(path, headers=token).status == 200
    assert counted == {"GetItem": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "x",
        "1-",
        "1-AAAAAAAAAAAAAAAAAAAAAA",
        "2-AAAAAAAAAAAAAAAAAAAAAA",
        "é",
        "\x00",
    ],
)
def test_a_wrong_token_opens_nothing_and_does_not_fall_back_to_the_public_view(gateway, path, wrong):
    for language in ("fr", "en"):
        answer = gateway.get(f"{path}?lang={language}", headers={"Tracking-Token": wrong, "Origin": ORIGIN})
        check_problem(answer, 403, "wrong-tracking-token", language)
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert SECRET not in answer.body


def test_a_token_of_another_opens_nothing(gateway, path):
    other = gateway.post(PATH, pothole()).json
    check_problem(gateway.get(path, headers={"Tracking-Token": other["tracking_token"]}), 403, "wrong-tracking-token")


def test_a_token_beyond_measure_is_refused(gateway, path):
    check_problem(gateway.get(path, headers={"Tracking-Token": "x" * 65}), 422, "invalid-input")


def test_an_id_is_taken_as_it_is_read_over_a_telephone(gateway, receipt):
    id = receipt["service_request_id"]
    for said in (id.lower(), f"{id[:5]}-{id[5:]}", f"{id[:5]}%20{id[5:]}", id.replace("0", "o").replace("1", "l")):
        assert gateway.get(f"{PATH}/{said}").json["service_request_id"] == id


@pytest.mark.parametrize("id", ["7K3Q9XPTM3", "0000000000"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_unknown_id_is_not_found(gateway, calls, id, language):
    with calls() as counted:
        check_problem(gateway.get(f"{PATH}/{id}?lang={language}"), 404, "service-request-not-found", language)
    assert counted["GetItem"] <= 1


@pytest.mark.parametrize(
    "id",
    [
        "x",
        "7K3Q9XPTM4",
        "UUUUUUUUUU",
        "%00",
        "%C3%A9t%C3%A9",
        "%2541",
        "%E2%80%AE",
        "%2F",
        "x%2Fy",
        "%2E%2E%2Funits",
        "1" * 500,
    ],
)
def test_a_malformed_id_is_not_found_without_asking_the_table(gateway, calls, id):
    with calls() as counted:
        answer = gateway.get(f"{PATH}/{id}")
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not counted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 9), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_slip_in_the_id_never_leads_to_somebody_elses(gateway, receipt, place, symbol):
    id = receipt["service_request_id"]
    slipped = id[:place] + symbol + id[place + 1 :]
    answer = gateway.get(f"{PATH}/{slipped}")
    assert answer.status == (200 if slipped == id else 404)


@pytest.mark.parametrize("name", ["x", "token", "tracking_token", "Lang", ""])
def test_an_unknown_query_parameter_is_refused(gateway, path, name):
    document = check_problem(gateway.get(f"{path}?{name}=1"), 422, "invalid-input")
    assert [(fault["in"], fault["pointer"]) for fault in document["errors"]] == [("query", f"#/{name}")]


def test_the_steps_a_unit_makes_are_seen_by_the_citizen(gateway):
    receipt = gateway.post(PATH, pothole()).json
    path = f"/service-requests/{receipt['service_request_id']}"
    for number, report in enumerate(
        [
            {"action": "acknowledge", "reference": f"{SECRET}-BT"},
            {"action": "start", "message": "En route."},
            {"action": "resolve", "resolution": "fixed", "message": "Fait."},
        ]
    ):
        report |= {"update_id": str(number), "occurred_at": receipt["submitted_at"]}
        answer = gateway.post(f"/v1/units/VM{path}/updates", report, role="guichet-test-unit-VM")
        assert answer.status == 200, answer
    public = gateway.get(f"/v1{path}")
    assert [step["status"] for step in public.json["steps"]] == ["submitted", "acknowledged", "in_progress", "resolved"]
    assert public.json["status"] == "resolved"
    assert public.json["closed_at"]
    assert SECRET not in public.body
    assert "Fait." not in public.body
    private = gateway.get(f"/v1{path}", headers={"Tracking-Token": receipt["tracking_token"]})
    assert [step["text"] for step in private.json["steps"]] == [None, None, "En route.", "Fait."]
    assert SECRET not in private.body
