import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.foundation.wording import faults_of
from chalicelib.service_requests.submission import Location, Submission
from chalicelib.service_requests.timeline import Place, Position
from tests.support.submissions import pothole

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


def faulty(model, value):
    with pytest.raises(ValidationError) as invalid:
        model.model_validate(value)
    return sorted("/".join(map(str, fault.where)) for fault in faults_of(invalid.value))


@given(latitudes, longitudes)
def test_a_position_anywhere_in_the_world_is_a_place(lat, lon):
    assert Location(lat=lat, lon=lon).place == Place(position=Position(lat=lat, lon=lon))


@pytest.mark.parametrize("whole", [0, 45, -90])
def test_whole_degrees_are_numbers_too(whole):
    assert Location.model_validate({"lat": whole, "lon": whole}).lat == whole


@pytest.mark.parametrize(
    "wrong",
    [90.0001, -90.0001, 91, 1e300, 10**400, -(10**400), float("nan"), float("inf"), "45.5", True, None, [45.5], {}],
    ids=lambda value: f"{value!r:.12}",
)
def test_a_latitude_outside_the_world_or_no_number_is_refused(wrong):
    assert faulty(Location, {"lat": wrong, "lon": -73.5}) == ["lat"]


@pytest.mark.parametrize("wrong", [180.1, -181, 1e300, 10**400, float("nan"), "1", False], ids=lambda v: f"{v!r:.12}")
def test_a_longitude_outside_the_world_or_no_number_is_refused(wrong):
    assert faulty(Location, {"lat": 45.5, "lon": wrong}) == ["lon"]


def test_both_wrong_are_told_at_once():
    assert faulty(Location, {"lat": 95, "lon": "x", "borough": 1, "address": "", "intersection": ["a"], "x": 1}) == [
        "address",
        "borough",
        "intersection/1",
        "lat",
        "lon",
        "x",
    ]


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ({}, ""),
        ({"address": "1, rue X"}, ""),
        ({"intersection": ["a", "b"]}, ""),
        ({"lat": 45.5}, "lon"),
        ({"lon": -73.5}, "lat"),
        ({"lat": 45.5, "borough": "VM"}, "lon"),
        ({"lat": 45.5, "lon": -73.5, "borough": "VM"}, "borough"),
    ],
)
def test_where_is_said_in_one_way(location, place):
    assert faulty(Location, location) == [place]


@pytest.mark.parametrize("streets", [[], ["a"], ["a", "b", "c"], "ab", {"a": 1}, ["a", None], ["a", ""], ["a", "b\nc"]])
def test_an_intersection_is_of_two_streets(streets):
    assert all(
        place.startswith("intersection") for place in faulty(Location, {"borough": "VM", "intersection": streets})
    )


def test_what_is_left_out_is_nothing_and_the_web():
    found = Submission.model_validate({"service_code": "x", "location": {"borough": "VM"}})
    assert (found.description, found.attributes, found.channel) == (None, {}, "web")
    assert found.catalogue_version is None


@pytest.mark.parametrize("channel", ["web", "mobile", "social", "consultation"])
def test_a_client_may_say_through_which_of_these_channels_it_came(channel):
    assert Submission.model_validate(pothole(channel=channel)).channel == channel


@pytest.mark.parametrize("channel", ["phone", "open311", "", "WEB", 1, None])
def test_the_channels_that_are_the_citys_own_cannot_be_claimed(channel):
    assert faulty(Submission, pothole(channel=channel)) == ["channel"]


@pytest.mark.parametrize("unknown", ["x", "id", "status", "unit", "submitted_at", "photos", "contact", "Service_code"])
def test_an_unknown_field_is_refused(unknown):
    assert faulty(Submission, pothole(**{unknown: 1})) == [unknown]
    assert faulty(Submission, pothole(location={"borough": "VM", unknown: 1})) == [f"location/{unknown}"]


def test_everything_wrong_in_the_shape_is_told_at_once():
    wrong = {
        "location": {"lat": 95, "lon": -200},
        "description": "a\0b",
        "attributes": {"a": None, "b": {}},
        "channel": "pigeon",
        "x": 1,
    }
    assert faulty(Submission, wrong) == [
        "attributes/a",
        "attributes/b",
        "channel",
        "description",
        "location/lat",
        "location/lon",
        "service_code",
        "x",
    ]


def test_half_a_position_is_told_though_the_half_is_wrong_too():
    assert faulty(Location, {"lat": 95}) == ["lat", "lon"]


def test_attributes_are_few():
    assert faulty(Submission, pothole(attributes={str(n): 1 for n in range(51)})) == ["attributes"]


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=100).map(lambda t: f"<{t}>")
)
def test_a_description_is_kept_word_for_word(text):
    assert Submission.model_validate(pothole(description=text)).description == text


@pytest.mark.parametrize("example", Submission.model_config["json_schema_extra"]["examples"])
def test_the_documents_examples_are_right(example):
    assert Submission.model_validate(example)


@pytest.mark.parametrize("example", Location.model_config["json_schema_extra"]["examples"])
def test_the_documents_examples_of_places_are_right(example):
    assert Location.model_validate(example)


def test_nothing_of_a_submission_is_in_what_a_log_would_write_of_it():
    assert "secret" not in f"{Submission.model_validate(pothole(description='secret'))!r}"
