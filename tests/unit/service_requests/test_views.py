import json
from datetime import UTC, datetime, timedelta

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue import load
from chalicelib.foundation.keys import Keys
from chalicelib.service_requests import actions, lifecycle, views
from chalicelib.service_requests.lifecycle import Action, Kind, Status
from chalicelib.service_requests.model import Summary
from chalicelib.service_requests.submission import Submission
from chalicelib.service_requests.timeline import Actor, Change
from tests.support.memory import MemoryStore
from tests.support.submissions import PLACES, submissions

CITY = load("city")
KEYS = Keys({1: b"first"})
NOW = datetime(2026, 1, 5, 14, tzinfo=UTC)
SECRET = "SECRET"
PUBLIC_KEYS = {
    *("service_request_id", "service", "status", "status_name", "borough", "unit", "position", "submitted_at"),
    *("updated_at", "expected_at", "closed_at", "steps", "code", "name", "fr", "en", "lat", "lon", "at", "action"),
    *("resolution", "reason"),
}
RECEIPT_KEYS = {
    *("service_request_id", "status", "status_name", "service", "borough", "unit", "submitted_at", "expected_at"),
    *("tracking_token", "code", "name", "fr", "en"),
}
ANONYMOUS = [code for code, service in CITY.services.items() if service.anonymous]
HIDDEN = [code for code in ANONYMOUS if not CITY.services[code].on_public_way and CITY.services[code].place == "point"]
SEEN = [code for code in ANONYMOUS if CITY.services[code].on_public_way]
near = st.floats(-0.004, 0.004)


@pytest.fixture(autouse=True, scope="module")
def in_the_city():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(actions, "catalogue", lambda: CITY)
        yield


def marked(submission):
    """The same submission, whatever is free in it saying SECRET."""
    location = dict(submission["location"])
    if "address" in location:
        location["address"] = f"{SECRET} street"
    if "intersection" in location:
        location["intersection"] = [f"{SECRET} a", f"{SECRET} b"]
    free = {a.code for a in CITY.services[submission["service_code"]].attributes if a.datatype in ("string", "text")}
    attributes = {code: SECRET if code in free else value for code, value in submission["attributes"].items()}
    return submission | {"location": location, "attributes": attributes, "description": f"{SECRET} words"}


def submitted(submission):
    return actions.submit(MemoryStore(), KEYS, Submission.model_validate(submission), None)


@st.composite
def lives(draw, codes=ANONYMOUS):
    """A service request after any steps that the lifecycle allows, whatever is free in them saying SECRET."""
    code = draw(st.sampled_from(codes))
    borough = draw(st.sampled_from(CITY.boroughs_offering(code)))
    state = submitted(marked(draw(submissions(CITY, code, borough))))
    for step in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(Kind))
        possible = lifecycle.allowed(kind, state.status)
        if not possible:
            continue
        action = draw(st.sampled_from(possible))
        by = Actor(kind=kind, code={Kind.UNIT: state.unit, Kind.AGENT: SECRET, Kind.CITIZEN: None}[kind])
        change = Change(
            action=action,
            by=by,
            text=f"{SECRET} said",
            update_id=f"{SECRET}-{step}",
            occurred_at=NOW + timedelta(hours=step),
            reference=SECRET,
            resolution="fixed" if action is Action.RESOLVE else None,
            reason="policy" if action is Action.REFUSE else None,
            duplicate_of=SECRET if action is Action.DUPLICATE else None,
            unit=draw(st.sampled_from(sorted(CITY.units))) if action is Action.TRANSFER else None,
        )
        state = state.after(change, at=NOW + timedelta(hours=step), entry_id=str(step))
        if draw(st.booleans()):
            state = state.model_copy(update={"delivery": {**state.delivery, state.unit: state.sequence}})
    return state


def keys_in(value):
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys_in(inner)}
    if isinstance(value, list):
        return {key for inner in value for key in keys_in(inner)}
    return set()


@given(lives())
def test_the_public_view_and_the_list_hold_nothing_that_anyone_wrote(state):
    short = Summary.model_validate(state.model_dump(include=set(Summary.model_fields)))
    for view in (views.public(state, CITY), views.summary(state, CITY), views.summary(short, CITY)):
        text = view.model_dump_json()
        assert SECRET not in text
        assert keys_in(json.loads(text)) <= PUBLIC_KEYS


@given(lives())
def test_the_list_and_the_view_of_one_say_the_same(state):
    listed = views.summary(state, CITY).model_dump()
    assert views.public(state, CITY).model_dump(exclude={"steps"}) == listed
    private = views.private(state, CITY).model_dump()
    assert {name: private[name] for name in listed if name != "position"} == {
        name: value for name, value in listed.items() if name != "position"
    }


def at(code, borough, lat, lon):
    submission = {"service_code": code, "location": {"lat": lat, "lon": lon}, "attributes": {}}
    for attribute in CITY.services[code].attributes:
        if attribute.required:
            first = attribute.values[0].key if attribute.values else None
            right = {"number": 1, "datetime": "2026-01-05", "singlevaluelist": first, "multivaluelist": [first]}
            submission["attributes"][attribute.code] = right.get(attribute.datatype, "a")
    return submitted(submission)


@st.composite
def points(draw, codes):
    """A service, and a point of a borough that offers it."""
    code = draw(st.sampled_from(codes))
    borough = draw(st.sampled_from([b for b in CITY.boroughs_offering(code) if b in PLACES]))
    lat, lon = PLACES[borough][0] + draw(near), PLACES[borough][1] + draw(near)
    while CITY.locate(lat, lon) != borough:
        lat, lon = (lat + PLACES[borough][0]) / 2, (lon + PLACES[borough][1]) / 2
    return code, borough, lat, lon


@given(points(SEEN))
def test_on_the_public_way_the_position_is_exact(point):
    code, borough, lat, lon = point
    shown = views.public(at(code, borough, lat, lon), CITY).position
    assert (shown.lat, shown.lon) == (lat, lon)


@given(points(HIDDEN))
def test_off_the_public_way_the_position_is_the_centre_of_its_cell_and_tells_no_more(point):
    code, borough, lat, lon = point
    state = at(code, borough, lat, lon)
    shown = views.public(state, CITY).position
    cell = h3.latlng_to_cell(lat, lon, 10)
    assert h3.latlng_to_cell(shown.lat, shown.lon, 10) == cell
    assert (shown.lat, shown.lon) == pytest.approx(h3.cell_to_latlng(cell), abs=1e-6)
    assert h3.great_circle_distance((lat, lon), (shown.lat, shown.lon), unit="m") < 90
    assert views.summary(state, CITY).position == shown


@given(points(HIDDEN))
def test_the_holder_of_the_token_and_the_unit_see_the_exact_position(point):
    code, borough, lat, lon = point
    state = at(code, borough, lat, lon)
    for position in (views.private(state, CITY).position, views.for_unit(state, state.unit).place.position):
        assert (position.lat, position.lon) == (lat, lon)


def test_a_place_without_a_position_shows_none():
    code = HIDDEN[0]
    borough = CITY.boroughs_offering(code)[0]
    point = at(code, borough, *PLACES[borough])
    elsewhere = point.model_copy(
        update={"place": point.place.model_copy(update={"position": None}), "public_position": None}
    )
    assert views.public(elsewhere, CITY).position is None


@given(lives(), st.data())
def test_the_receipt_is_the_same_whatever_happened_since(state, data):
    first = state.as_of(1).model_copy(update={"delivery": dict.fromkeys(state.delivery, 0)})
    before = views.receipt(first, CITY, "token").model_dump_json()
    assert views.receipt(state, CITY, "token").model_dump_json() == before
    delivered = state.model_copy(update={"delivery": dict.fromkeys(state.delivery, 99)})
    assert views.receipt(delivered, CITY, "token").model_dump_json() == before
    assert json.loads(before)["status"] == "submitted"
    assert keys_in(json.loads(before)) == RECEIPT_KEYS
    assert SECRET not in before


@given(lives())
def test_every_view_says_a_status_with_its_name_in_both_languages(state):
    view = views.private(state, CITY)
    for shown in (view, *view.steps):
        assert shown.status_name == lifecycle.STATUS_NAMES[shown.status]
    assert view.status in (state.status, Status.QUEUED)


@given(lives())
def test_the_steps_are_what_moved_it_and_lead_to_its_status(state):
    steps = views.public(state, CITY).steps
    assert steps[0].action is Action.SUBMIT
    assert steps[-1].status is state.status
    assert all(step.action not in (Action.COMMENT, Action.CORRECT) for step in steps)
    assert [step.model_dump() for step in steps] == [
        step.model_dump(exclude={"by", "text"})
        for step in views.private(state, CITY).steps
        if step.action not in (Action.COMMENT, Action.CORRECT)
    ]


@given(lives())
def test_a_unit_sees_no_more_than_it_was_told(state):
    for unit in state.delivery:
        seen = views.for_unit(state, unit)
        addressed = [entry.sequence for entry in state.addressed_to(unit)]
        assert seen.last_sequence == addressed[-1]
        assert [line.sequence for line in seen.timeline] == list(range(1, len(seen.timeline) + 1))
        if unit == state.unit:
            assert len(seen.timeline) == state.sequence
        else:
            assert len(seen.timeline) == addressed[-1]
