import json
from datetime import UTC, datetime, timedelta

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue import load
from chalicelib.foundation.callers import Agent
from chalicelib.foundation.keys import Keys
from chalicelib.foundation.settings import settings
from chalicelib.service_requests import agent_views, lifecycle, unit_views, views
from chalicelib.service_requests.actions.submitting import Sender, submit
from chalicelib.service_requests.lifecycle import Action, Kind, Priority, Status
from chalicelib.service_requests.record import Channel, Summary
from chalicelib.service_requests.submission import Submission
from chalicelib.service_requests.timeline import Actor, Change, Place, Position
from tests.support.memory import MemoryStore
from tests.support.photos import photo_details
from tests.support.submissions import PLACES, submissions

CITY = load("city")
KEYS = Keys({1: b"first"})
EVERYWHERE = Agent("a1", "agent.311", frozenset(), everywhere=True)
NOW = datetime(2026, 1, 5, 14, tzinfo=UTC)
SECRET = "SECRET"
"""In whatever anyone wrote."""
AMONG_STAFF = "AMONG-STAFF"
"""In whatever is never for a citizen's eyes: notes, who the agents are, the unit's file number."""
PUBLIC_KEYS = {
    *("service_request_id", "service", "status", "status_name", "borough", "unit", "position", "submitted_at"),
    *("updated_at", "expected_at", "closed_at", "steps", "code", "name", "fr", "en", "lat", "lon", "at", "action"),
    *("resolution", "reason", "late", "so_far", "description", "duplicate_of", "requesters", "text", *Channel),
    *("photos", "photo_id", "alternative_text", "width", "height", "view", "thumbnail"),
}
RECEIPT_KEYS = {
    *("service_request_id", "status", "status_name", "service", "borough", "unit", "submitted_at", "expected_at"),
    *("catalogue_version", "tracking_token", "photo_uploads", "code", "name", "fr", "en"),
}
ANONYMOUS = [code for code, service in CITY.services.items() if service.anonymous]
HIDDEN = [code for code in ANONYMOUS if not CITY.services[code].on_public_way and CITY.services[code].place == "point"]
SEEN = [code for code in ANONYMOUS if CITY.services[code].on_public_way]
ORIGINAL = "7K3Q9XPTM3"
near = st.floats(-0.004, 0.004)


@pytest.fixture(autouse=True, scope="module")
def in_the_city():
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CATALOGUE", "city")
        settings.cache_clear()
        yield
    settings.cache_clear()


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
    citizen = Sender(Actor(kind=Kind.CITIZEN), Channel.WEB)
    return submit(MemoryStore(), KEYS, Submission.model_validate(submission), citizen, None)


PLACE = Place(position=Position(lat=45.51, lon=-73.56), address=f"{SECRET} street")
AROUND = {
    *(Action.COMMENT, Action.CORRECT, Action.NOTE, Action.PUBLISH, Action.UNPUBLISH, Action.PRIORITIZE),
    *lifecycle.CONSEQUENCES,
    *lifecycle.OF_PHOTOS,
}
PUBLISHING = {Action.PUBLISH, Action.UNPUBLISH}
SHOWING = PUBLISHING | {Action.PUBLISH_PHOTO, Action.UNPUBLISH_PHOTO}


@st.composite
def lives(draw, codes=ANONYMOUS, *, publishing=True):
    """A service request after any steps that the lifecycle allows, whatever is free in them saying SECRET."""
    code = draw(st.sampled_from(codes))
    borough = draw(st.sampled_from(CITY.boroughs_offering(code)))
    state = submitted(marked(draw(submissions(CITY, code, borough))))
    for step in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(Kind))
        joins = [Action.JOIN, Action.LEAVE] if state.status is not Status.DUPLICATE else [Action.LEAVE]
        possible = [*state.allowed(kind, NOW), *(joins if kind in lifecycle.PEOPLE else [])]
        action = draw(st.sampled_from([a for a in possible if publishing or a not in SHOWING]))
        by = Actor(kind=kind, code={Kind.UNIT: state.unit, Kind.AGENT: AMONG_STAFF}.get(kind))
        corrects = action is Action.CORRECT and draw(st.booleans())
        sends_on = action in (Action.TRANSFER, Action.TRIAGE) or (corrects and draw(st.booleans()))
        of_photos = draw(photo_details(action, (f"photo-{step}", "photo-0"), alternative_text=f"{SECRET} seen"))
        change = Change(
            action=action,
            by=by,
            text=f"{SECRET} said" if draw(st.booleans()) else None,
            note=f"{AMONG_STAFF} said" if kind is Kind.AGENT else None,
            agent_name=f"{AMONG_STAFF} name" if kind is Kind.AGENT else None,
            update_id=f"{SECRET}-{step}",
            occurred_at=NOW + timedelta(hours=step),
            reference=f"{AMONG_STAFF}-file",
            resolution="fixed" if action is Action.RESOLVE else None,
            reason="policy" if action is Action.REFUSE else None,
            duplicate_of=ORIGINAL if action is Action.DUPLICATE else None,
            duplicate=ORIGINAL if action in joins else None,
            requesters={"phone": 2} if action in joins else None,
            about=draw(st.integers(1, state.sequence)) if action in PUBLISHING else None,
            priority=Priority.URGENT if action is Action.PRIORITIZE else None,
            unit=draw(st.sampled_from(sorted(CITY.units))) if sends_on else None,
            place=PLACE if corrects else None,
            **of_photos,
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


@given(lives(publishing=False))
def test_the_public_view_and_the_list_hold_nothing_that_anyone_wrote(state):
    short = Summary.model_validate(state.model_dump(include=set(Summary.model_fields)))
    for view in (views.public(state, CITY, NOW), views.summary(state, CITY, NOW), views.summary(short, CITY, NOW)):
        text = view.model_dump_json()
        assert SECRET not in text
        assert keys_in(json.loads(text)) <= PUBLIC_KEYS


@given(lives())
def test_the_list_and_the_view_of_one_say_the_same(state):
    listed = views.summary(state, CITY, NOW).model_dump()
    public = views.public(state, CITY, NOW).model_dump()
    assert {name: public[name] for name in listed} == listed
    private = views.private(state, CITY, NOW).model_dump()
    assert {name: private[name] for name in listed if name != "position"} == {
        name: value for name, value in listed.items() if name != "position"
    }


@given(lives())
def test_what_is_said_among_staff_is_never_for_citizens(state):
    shown = [
        views.summary(state, CITY, NOW),
        views.public(state, CITY, NOW),
        views.private(state, CITY, NOW),
        views.receipt(state, CITY, "token", NOW),
    ]
    for view in shown:
        assert AMONG_STAFF not in view.model_dump_json()
    as_agents_see_it = agent_views.for_agent(state, EVERYWHERE, CITY, NOW).model_dump_json()
    assert as_agents_see_it.count(f"{AMONG_STAFF} said") == len(state.notes)


@given(lives())
def test_units_know_agents_by_an_opaque_id_only(state):
    for unit in state.delivery:
        assert f"{AMONG_STAFF} name" not in unit_views.for_unit(state, unit).model_dump_json()


@given(lives())
def test_anyone_reads_what_was_published_and_nothing_else_that_was_written(state):
    view = views.public(state, CITY, NOW)
    shown = [text for text in (view.description, *(step.text for step in view.steps)) if text]
    assert set(shown) <= set(state.published.values())
    assert view.model_dump_json().count(SECRET) == len(shown)
    assert view.description == state.published.get(state.described_by)
    counting = [s for s in state.timeline if s.applied and s.action in (Action.SUBMIT, Action.COMMENT, Action.REPLY)]
    texts = [step.text for step in view.steps]
    assert all(state.published[e.sequence] in texts for e in counting if e.sequence in state.published)


def said(state, action, kind=Kind.AGENT, **details):
    change = Change(action=action, by=Actor(kind=kind), **details)
    return state.after(change, at=NOW, entry_id=str(state.sequence))


def test_a_published_comment_is_read_by_anyone_where_it_was_said_and_not_before():
    state = said(at("nid-de-poule", "VM", *PLACES["VM"]), Action.COMMENT, Kind.CITIZEN, text="Il s'agrandit")
    assert [step.action for step in views.public(state, CITY, NOW).steps] == [Action.SUBMIT]
    state = said(state, Action.PUBLISH, about=2, text="Il s'agrandit [nom]")
    steps = views.public(state, CITY, NOW).steps
    assert [(step.action, step.text) for step in steps] == [("submit", None), ("comment", "Il s'agrandit [nom]")]
    assert [step.text for step in views.private(state, CITY, NOW).steps][1:] == ["Il s'agrandit"], "the original stays"
    state = said(state, Action.UNPUBLISH, about=2)
    assert [step.action for step in views.public(state, CITY, NOW).steps] == [Action.SUBMIT]


def test_a_description_corrected_after_it_was_published_waits_to_be_published_again():
    state = said(at("nid-de-poule", "VM", *PLACES["VM"]), Action.COMMENT, Kind.CITIZEN, text="Bonjour")
    state = state.model_copy(update={"texts": {**state.texts, "1": "Un trou"}})
    state = said(state, Action.PUBLISH, about=1)
    assert views.public(state, CITY, NOW).description == "Un trou"
    state = said(state, Action.CORRECT, Kind.CITIZEN, text="Un trou chez Mme Tremblay")
    assert views.public(state, CITY, NOW).description is None
    state = said(state, Action.PUBLISH, about=4, text="Un trou chez Mme T.")
    assert views.public(state, CITY, NOW).description == "Un trou chez Mme T."
    assert views.private(state, CITY, NOW).description == "Un trou chez Mme Tremblay"


@given(lives())
def test_agents_see_everything(state):
    view = agent_views.for_agent(state, EVERYWHERE, CITY, NOW)
    assert [entry.sequence for entry in view.timeline] == list(range(1, state.sequence + 1))
    assert [entry.text for entry in view.timeline] == [state.texts.get(str(e.sequence)) for e in state.timeline]
    assert [entry.status for entry in view.timeline] == [each.status for each in state.replay()]
    assert view.timeline[-1].status is state.status
    assert view.published == {str(sequence): text for sequence, text in state.published.items()}
    assert view.joined_by in ([], [ORIGINAL])
    for entry in view.timeline:
        assert (entry.agent_name is None) is (entry.by.kind is not Kind.AGENT)


def test_the_question_is_asked_of_the_citizen_until_it_is_answered():
    state = at("nid-de-poule", "VM", *PLACES["VM"])
    assert views.private(state, CITY, NOW).question is None
    state = said(state, Action.ASK, Kind.UNIT, text="Où ?")
    state = said(state, Action.COMMENT, Kind.CITIZEN, text="Quoi ?")
    view = views.private(state, CITY, NOW)
    assert (view.question, Action.REPLY in view.allowed_actions) == ("Où ?", True)
    assert "Où ?" not in views.public(state, CITY, NOW).model_dump_json()
    view = views.private(said(state, Action.REPLY, Kind.CITIZEN, text="Là"), CITY, NOW)
    assert (view.question, Action.REPLY in view.allowed_actions) == (None, False)


def test_the_citizen_is_told_what_can_be_done_now():
    state = said(at("nid-de-poule", "VM", *PLACES["VM"]), Action.WITHDRAW, Kind.CITIZEN)
    assert Action.REOPEN in views.private(state, CITY, NOW + timedelta(days=30)).allowed_actions
    assert views.private(state, CITY, NOW + timedelta(days=31)).allowed_actions == [
        Action.COMMENT,
        Action.ANNOUNCE_PHOTOS,
    ]
    assert Action.REOPEN in agent_views.for_agent(state, EVERYWHERE, CITY, NOW + timedelta(days=31)).agent_actions


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
    shown = views.public(at(code, borough, lat, lon), CITY, NOW).position
    assert (shown.lat, shown.lon) == (lat, lon)


@given(points(HIDDEN))
def test_off_the_public_way_the_position_is_the_centre_of_its_cell_and_tells_no_more(point):
    code, borough, lat, lon = point
    state = at(code, borough, lat, lon)
    shown = views.public(state, CITY, NOW).position
    cell = h3.latlng_to_cell(lat, lon, 10)
    assert h3.latlng_to_cell(shown.lat, shown.lon, 10) == cell
    assert (shown.lat, shown.lon) == pytest.approx(h3.cell_to_latlng(cell), abs=1e-6)
    assert h3.great_circle_distance((lat, lon), (shown.lat, shown.lon), unit="m") < 90
    assert views.summary(state, CITY, NOW).position == shown


@given(points(HIDDEN))
def test_the_holder_of_the_token_and_the_unit_see_the_exact_position(point):
    code, borough, lat, lon = point
    state = at(code, borough, lat, lon)
    for position in (views.private(state, CITY, NOW).position, unit_views.for_unit(state, state.unit).place.position):
        assert (position.lat, position.lon) == (lat, lon)


def test_a_place_without_a_position_shows_none():
    code = HIDDEN[0]
    borough = CITY.boroughs_offering(code)[0]
    moved = said(at(code, borough, *PLACES[borough]), Action.CORRECT, Kind.CITIZEN, place=Place(address="Ici"))
    assert views.public(moved, CITY, NOW).position is views.private(moved, CITY, NOW).position is None


@given(lives(), st.data())
def test_the_receipt_is_the_same_whatever_happened_since(state, data):
    first = state.as_of(1).model_copy(update={"delivery": dict.fromkeys(state.delivery, 0)})
    before = views.receipt(first, CITY, "token", NOW).model_dump_json()
    assert views.receipt(state, CITY, "token", NOW).model_dump_json() == before
    delivered = state.model_copy(update={"delivery": dict.fromkeys(state.delivery, 99)})
    assert views.receipt(delivered, CITY, "token", NOW).model_dump_json() == before
    assert json.loads(before)["status"] == "submitted"
    assert keys_in(json.loads(before)) == RECEIPT_KEYS
    assert SECRET not in before


@given(lives())
def test_every_view_says_a_status_with_its_name_in_both_languages(state):
    view = views.private(state, CITY, NOW)
    for shown in (view, *view.steps, *views.public(state, CITY, NOW).steps):
        assert shown.status_name == lifecycle.STATUS_NAMES[shown.status]
    assert view.status in (state.status, Status.QUEUED)


@given(lives())
def test_the_steps_are_what_moved_it_and_lead_to_its_status(state):
    steps = views.public(state, CITY, NOW).steps
    assert steps[0].action is Action.SUBMIT
    assert steps[-1].status is state.status
    moved = [entry for entry in state.timeline if entry.applied and entry.action not in AROUND]
    assert [step.action for step in steps if step.action not in AROUND] == [entry.action for entry in moved]
    private = [step.model_dump(exclude={"by", "text"}) for step in views.private(state, CITY, NOW).steps]
    assert all(step.model_dump(exclude={"text"}) in private for step in steps)


@given(lives())
def test_a_unit_sees_no_more_than_it_was_told(state):
    for unit in state.delivery:
        seen = unit_views.for_unit(state, unit)
        addressed = [entry.sequence for entry in state.addressed_to(unit)]
        assert seen.last_sequence == addressed[-1]
        assert [line.sequence for line in seen.timeline] == list(range(1, len(seen.timeline) + 1))
        if unit == state.unit:
            assert len(seen.timeline) == state.sequence
        else:
            assert len(seen.timeline) == addressed[-1]
