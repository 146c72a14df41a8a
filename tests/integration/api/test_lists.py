from datetime import timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.foundation import ids
from chalicelib.foundation.times import written
from chalicelib.service_requests.lifecycle import CLOSED, STORED, Action, Status
from chalicelib.service_requests.store import store
from chalicelib.service_requests.timeline import Change
from tests.support.examples import NOW, entry_id, submitted, unit_actor
from tests.support.told import ORIGIN, check_problem

PATH = "/v1/service-requests"
UNIT_PATH = "/v1/units/VM/service-requests"
ROLE = {"role": "guichet-test-unit-VM"}
SERVICES = ["nid-de-poule", "graffiti"]
STATUSES = sorted(STORED)
# What these say besides is in their timeline.
TOLD_BY = {Status.DUPLICATE: Action.DUPLICATE, Status.INFO_REQUESTED: Action.ASK}
on_shared_cloud = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=8)

limits = st.sampled_from([3, 5, 9, 17, 18, 19, 100])
filters = st.fixed_dictionaries(
    {},
    optional={
        "service_code": st.sampled_from(SERVICES),
        "status": st.sampled_from([*Status, "open", "closed"]),
        "submitted_after": st.integers(-1, 13),
        "submitted_before": st.integers(-1, 13),
    },
).filter(lambda query: query.get("submitted_after", -1) <= query.get("submitted_before", 13))


def hour(number):
    return written(NOW + timedelta(hours=number))


def example(number, service, status, borough="VM", unit="VM"):
    """Some share an hour; those of the second service have reached their unit's queue."""
    at = NOW + timedelta(hours=number % 12)
    new = submitted(ids.from_number(number * 7919), unit, at=at)
    if status in TOLD_BY:
        told = Change(action=TOLD_BY[status], by=unit_actor(unit), duplicate_of="7K3Q9XPTM3")
        new = new.after(told, at=at, entry_id=entry_id())
    changed = {
        "service_code": service,
        "borough": borough,
        "status": status,
        "updated_at": at + timedelta(minutes=number),
        "closed_at": at if status in CLOSED else None,
        "delivery": {unit: number // len(STATUSES) % 2},
    }
    return new.model_copy(update=changed)


@pytest.fixture(scope="module")
def all_there(cloud):
    """In Ville-Marie, two services in each status; and one elsewhere."""
    here = [example(n, *kind) for n, kind in enumerate(product(SERVICES, STATUSES))]
    elsewhere = [example(900, SERVICES[0], Status.SUBMITTED, borough="RO", unit="RO")]
    for state in here + elsewhere:
        store().add(state)
    return here


def seen(state):
    return state.seen_status


def wanted_by(query, state):
    status = query.get("status")
    return (
        query.get("service_code") in (None, state.service_code)
        and (status in (None, seen(state)) or status == ("open" if seen(state).is_open else "closed"))
        and ("submitted_after" not in query or written(state.submitted_at) >= query["submitted_after"])
        and ("submitted_before" not in query or written(state.submitted_at) <= query["submitted_before"])
    )


def asked(query):
    times = {name: hour(query[name]) for name in ("submitted_after", "submitted_before") if name in query}
    return query | times


def link(query):
    return "?" + "&".join(f"{name}={value}" for name, value in query.items())


def walked(gateway, path, query, **options):
    """Every part of a list, by its `next` links."""
    parts, following = [], link(query)
    while following:
        answer = gateway.get(path + following, **options)
        assert answer.status == 200, answer
        parts.append([item["service_request_id"] for item in answer.json["items"]])
        following = answer.json["next"]
        assert len(parts) < 200
    return parts


@on_shared_cloud
@given(filters, limits)
def test_walked_to_its_end_a_list_gives_each_that_fits_exactly_once_newest_first(gateway, all_there, query, limit):
    query = asked(query)
    parts = walked(gateway, PATH, {"borough": "VM", "limit": limit} | query)
    found = [id for part in parts for id in part]
    expected = {state.id: state for state in all_there if wanted_by(query, state)}
    assert sorted(found) == sorted(expected)
    times = [expected[id].submitted_at for id in found]
    assert times == sorted(times, reverse=True)
    assert all(len(part) <= limit for part in parts)


@on_shared_cloud
@given(
    st.fixed_dictionaries(
        {}, optional={"status": st.sampled_from([*Status, "open", "closed"]), "updated_after": st.integers(-1, 13)}
    ),
    limits,
)
def test_walked_to_its_end_a_units_list_gives_each_exactly_once_longest_unchanged_first(
    gateway, all_there, query, limit
):
    if "updated_after" in query:
        query = query | {"updated_after": hour(query["updated_after"])}
    parts = walked(gateway, UNIT_PATH, {"limit": limit} | query, **ROLE)
    found = [id for part in parts for id in part]
    since = query.get("updated_after", "")
    expected = {s.id: s for s in all_there if wanted_by(query, s) and written(s.updated_at) >= since}
    assert sorted(found) == sorted(expected)
    order = [(list(Status).index(expected[id].status), expected[id].updated_at) for id in found]
    assert order == sorted(order)
    assert all(len(part) <= limit for part in parts)


def test_submitted_and_queued_are_told_apart(gateway, all_there):
    both = {state.id for state in all_there if state.status is Status.SUBMITTED}
    found = {
        status: {id for part in walked(gateway, PATH, {"borough": "VM", "status": status}) for id in part}
        for status in ("submitted", "queued")
    }
    assert found["submitted"] | found["queued"] == both
    assert not found["submitted"] & found["queued"]
    assert found["queued"]
    assert found["submitted"]


def test_a_list_holds_what_the_view_of_each_holds(gateway, all_there):
    for item in gateway.get(f"{PATH}?borough=VM&limit=5").json["items"]:
        view = gateway.get(f"{PATH}/{item['service_request_id']}").json
        assert item.pop("distance_m") is None
        assert {name: value for name, value in view.items() if name in item} == item


def test_what_is_held_for_triage_is_in_no_public_list(gateway, all_there):
    held = example(901, SERVICES[0], Status.SUBMITTED, borough="LR").model_copy(update={"held": True})
    store().add(held)
    assert gateway.get(f"{PATH}?borough=LR").json["items"] == []


def test_an_empty_list_is_empty_and_ends(gateway, all_there):
    assert gateway.get(f"{PATH}?borough=AC").json == {"items": [], "next": None, "truncated": False}
    past = hour(-1000)
    assert gateway.get(f"{PATH}?borough=VM&submitted_before={past}").json["items"] == []


@pytest.mark.parametrize(("status", "queries"), [("", 2), ("&status=open", 1), ("&status=closed", 1)])
def test_a_part_of_a_list_costs_a_query_for_what_is_open_and_one_for_what_is_closed(
    gateway, all_there, calls, status, queries
):
    gateway.get(f"{PATH}?borough=VM&limit=5{status}")
    with calls() as counted:
        following = gateway.get(f"{PATH}?borough=VM&limit=5{status}").json["next"]
    assert counted == {"Query": queries}
    with calls() as counted:
        assert gateway.get(PATH + following).json["items"]
    assert counted == {"Query": queries}


def test_a_part_of_a_units_list_costs_a_query_for_each_status_and_one_read(gateway, all_there, calls):
    with calls() as counted:
        assert gateway.get(f"{UNIT_PATH}?status=acknowledged&limit=3", **ROLE).json["items"]
    assert counted == {"Query": 1, "BatchGetItem": 1}
    with calls() as counted:
        gateway.get(f"{UNIT_PATH}?limit=100", **ROLE)
    assert counted == {"Query": len(STORED), "BatchGetItem": 1}


def test_a_filter_that_lets_little_through_costs_a_bounded_number_of_queries(gateway, all_there, calls):
    with calls() as counted:
        gateway.get(f"{PATH}?borough=VM&status=duplicate&limit=1")
    assert counted["Query"] <= 4
    assert set(counted) == {"Query"}


def test_a_link_goes_through_every_filter_unchanged(gateway, all_there):
    query = {"borough": "VM", "service_code": "graffiti", "status": "open", "limit": "2"}
    query |= {"submitted_after": hour(0), "submitted_before": hour(12)}
    following = gateway.get(PATH + link(query)).json["next"]
    assert following.startswith("?")
    for name, value in query.items():
        assert f"{name}={value.replace(':', '%3A')}" in following


def cursor_of(gateway, path, query, **options):
    return gateway.get(path + link(query), **options).json["next"].partition("cursor=")[2]


@pytest.mark.parametrize(
    "other",
    [
        {"borough": "RO"},
        {"borough": "VM", "limit": "3"},
        {"borough": "VM", "status": "open"},
        {"borough": "VM", "service_code": "graffiti"},
        {"borough": "VM", "submitted_after": hour(1)},
        {"borough": "VM", "submitted_before": hour(1)},
    ],
)
def test_a_cursor_of_another_list_is_refused(gateway, all_there, other):
    cursor = cursor_of(gateway, PATH, {"borough": "VM", "limit": "2"})
    answer = gateway.get(PATH + link({"limit": "2"} | other | {"cursor": cursor}))
    document = check_problem(answer, 422, "invalid-input")
    assert [(fault["in"], fault["pointer"]) for fault in document["errors"]] == [("query", "#/cursor")]


def test_a_citizens_cursor_opens_no_units_list_nor_one_unit_anothers(gateway, all_there):
    citizens = cursor_of(gateway, PATH, {"borough": "VM", "limit": "2"})
    units = cursor_of(gateway, UNIT_PATH, {"limit": "2"}, **ROLE)
    for path, cursor, role in (
        (UNIT_PATH, citizens, "VM"),
        ("/v1/units/RO/service-requests", units, "RO"),
    ):
        answer = gateway.get(f"{path}?limit=2&cursor={cursor}", role=f"guichet-test-unit-{role}")
        check_problem(answer, 422, "invalid-input")
    check_problem(gateway.get(f"{PATH}?borough=VM&limit=2&cursor={units}"), 422, "invalid-input")


@pytest.mark.parametrize(
    "change", [lambda c: "A" + c[1:], lambda c: c[:-3], lambda c: c + "x", lambda _: "x", lambda _: "."]
)
def test_a_tampered_cursor_is_refused(gateway, all_there, change):
    cursor = cursor_of(gateway, PATH, {"borough": "VM", "limit": "2"})
    answer = gateway.get(f"{PATH}?borough=VM&limit=2&cursor={change(cursor)}")
    check_problem(answer, 422, "invalid-input")


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("", ["#"]),
        ("?borough=ZZ", ["#/borough"]),
        ("?borough=", ["#/borough"]),
        ("?borough=ZZ&service_code=zzz", ["#/borough", "#/service_code"]),
        ("?borough=VM&service_code=zzz", ["#/service_code"]),
        ("?borough=VM&status=zzz", ["#/status"]),
        ("?borough=VM&status=open&status=closed", ["#/status"]),
        ("?borough=VM&limit=0", ["#/limit"]),
        ("?borough=VM&limit=101", ["#/limit"]),
        ("?borough=VM&limit=ten", ["#/limit"]),
        ("?borough=VM&limit=1.5", ["#/limit"]),
        ("?borough=VM&limit=" + "9" * 5000, ["#/limit"]),
        ("?borough=VM&submitted_after=hier", ["#/submitted_after"]),
        ("?borough=VM&submitted_after=1", ["#/submitted_after"]),
        ("?borough=VM&submitted_after=2026-01-05", ["#/submitted_after"]),
        ("?borough=VM&submitted_before=2026-01-05T08:00:00", ["#/submitted_before"]),
        ("?borough=VM&cursor=" + "x" * 1001, ["#/cursor"]),
        ("?borough=VM&bourough=VM", ["#/bourough"]),
        (
            "?borough=VM&submitted_after=2026-01-06T08:00:00Z&submitted_before=2026-01-05T08:00:00Z",
            ["#/submitted_before"],
        ),
        ("?status=zzz&limit=0&submitted_after=x&y=1", ["#", "#/limit", "#/status", "#/submitted_after", "#/y"]),
        ("?borough=ZZ&service_code=zzz&limit=0", ["#/borough", "#/limit", "#/service_code"]),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_list_that_cannot_be_is_told_why(gateway, query, pointers, language):
    answer = gateway.get(f"{PATH}{query}", headers={"Accept-Language": language, "Origin": ORIGIN})
    document = check_problem(answer, 422, "invalid-input", language)
    assert sorted({fault["pointer"] for fault in document["errors"]}) == pointers
    assert {fault["in"] for fault in document["errors"]} == {"query"}
    assert len(document["errors"]) == len(pointers)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
