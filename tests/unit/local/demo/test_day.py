"""The day of the demo: in the city's proportions, and such that the counter accepts all of it."""

import json
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from chalicelib.catalogue import load
from chalicelib.service_requests.intake import routed
from chalicelib.service_requests.submission import Submission
from local.demo.day import make_up
from local.demo.figures import FILE, Figures

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIGURES = Figures.read()


@pytest.mark.parametrize("name", ["pilot", "city"])
def test_the_counter_accepts_everything_that_is_planned_and_routes_it_as_planned(name):
    catalogue = load(name)
    day = make_up(400, 1, catalogue, FIGURES)
    for planned in day.planned:
        submission = Submission.model_validate_json(json.dumps(planned.body))
        assert routed(submission, catalogue, anonymous=True, at=NOW).unit == planned.unit
    assert set(day.units) == {planned.unit for planned in day.planned}


def test_the_same_seed_makes_the_same_day_under_other_keys():
    first, again, other = (make_up(50, seed, load("pilot"), FIGURES) for seed in (1, 1, 2))
    assert [planned._replace(key="") for planned in first.planned] == [
        planned._replace(key="") for planned in again.planned
    ]
    assert [planned.body for planned in first.planned] != [planned.body for planned in other.planned]
    assert len({planned.key for planned in first.planned + again.planned}) == 100


def test_a_day_is_told_in_order_and_ends_before_midnight():
    hours = [planned.hour for planned in make_up(200, 3, load("pilot"), FIGURES).planned]
    assert hours == sorted(hours)
    assert hours[0] >= 0
    assert hours[-1] < 24


@pytest.mark.parametrize("name", ["pilot", "city"])
def test_the_figures_know_every_activity_of_the_catalogue_and_nothing_else(name):
    activities = {activity for service in load(name).services.values() for activity in service.activities}
    known = set(FIGURES.requests_by_activity)
    assert activities <= known
    assert name == "pilot" or activities == known


def test_what_the_city_counts_is_split_among_the_services_that_share_an_activity():
    city = load("city")
    services = {code: service.model_copy(update={"anonymous": True}) for code, service in city.services.items()}
    everything = FIGURES.services(SimpleNamespace(services=services), city)
    assert sum(everything.values()) == pytest.approx(sum(FIGURES.requests_by_activity.values()))
    pilot = FIGURES.services(load("pilot"), city)
    assert pilot["nid-de-poule"] == FIGURES.requests_by_activity["Nid-de-poule"]
    assert pilot["eclairage"] == FIGURES.requests_by_activity["Éclairage existant - Entretien"] / 2


def test_the_proportions_of_services_hours_and_channels_are_the_citys():
    many, pilot = 2500, load("pilot")
    day = make_up(many, 4, pilot, FIGURES)
    weekday = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"].index(day.weekday)
    hours = dict(enumerate(FIGURES.requests_by_weekday_and_hour[weekday]))
    _assert_alike(Counter(int(planned.hour) for planned in day.planned), hours)
    _assert_alike(Counter(planned.body["channel"] for planned in day.planned), FIGURES.channels)
    services = FIGURES.services(pilot, load("city"))
    _assert_alike(Counter(planned.body["service_code"] for planned in day.planned), services)


def test_only_what_citizens_use_themselves_counts_as_a_channel():
    assert set(FIGURES.channels) == {"web", "mobile", "social"}
    assert 0.2 < FIGURES.citizens_part < 0.25


def test_the_figures_carry_their_credit():
    assert "CC BY 4.0" in json.loads(FILE.read_text(encoding="utf-8"))["source"]


def test_refused_is_counted_among_what_is_closed():
    assert FIGURES.refused_part == pytest.approx(2329 / (2329 + 124580))


def _assert_alike(counts, weights):
    total, weighed = sum(counts.values()), sum(weights.values())
    for what, weight in weights.items():
        expected = weight / weighed
        spread = 5 * (expected * (1 - expected) / total) ** 0.5  # five standard deviations
        assert counts[what] / total == pytest.approx(expected, abs=spread + 1 / total)
