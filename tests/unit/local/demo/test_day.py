"""The day of the demo: in the city's proportions, and such that the counter accepts all of it."""

import json
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from chalicelib.catalogue import load
from chalicelib.service_requests.cells import index_cell
from chalicelib.service_requests.intake import routed
from chalicelib.service_requests.submission import Submission
from chalicelib.service_requests.timeline import Position
from local.demo import lives
from local.demo.day import make_up
from local.demo.figures import FILE, Figures
from local.unit_ways import Ways, step_after_looking

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIGURES = Figures.read()


@pytest.mark.parametrize("name", ["pilot", "city"])
def test_the_counter_accepts_everything_that_is_planned_and_routes_it_as_planned(name):
    catalogue = load(name)
    day = make_up(400, 1, catalogue, FIGURES)
    for planned in [*day.planned, *_sent_by_citizens(day.script)]:
        submission = Submission.model_validate_json(json.dumps(planned.body))
        assert routed(submission, catalogue, anonymous=True, at=NOW).unit == planned.unit
        assert planned.unit in planned.life.told
        assert planned.life.told.keys() <= set(day.units)
    assert day.units[-1] == "311"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["pilot", "city"])
def test_what_is_in_the_script_makes_units_do_what_is_planned(name, seed):
    catalogue = load(name)
    day = make_up(300, seed, catalogue, FIGURES)
    ways = Ways(elsewhere=day.script.elsewhere)

    def step(planned, same_as=None):
        return step_after_looking(planned.unit, ways, planned.body["description"], same_as, replied=False).action

    script = day.script
    for planned in (script.asked, script.withdrawn, *script.burst):
        assert step(planned) == "ask"
    for planned in (script.reopened, script.moved, script.phoned, script.real):
        assert step(planned) == "start"
    assert step(script.transferred) == "transfer"
    assert step(script.repeated, "the one asked about") == "duplicate"
    for planned in day.planned:
        assert step(planned) == ("refuse" if planned.life == lives.refused(planned.unit) else "start")


@pytest.mark.parametrize("seed", range(5))
def test_in_the_script_what_must_meet_meets_and_what_must_differ_differs(seed):
    catalogue = load("pilot")
    script = make_up(1, seed, catalogue, FIGURES).script
    assert script.repeated.body["location"] == script.asked.body["location"]
    assert script.repeated.body["service_code"] == script.asked.body["service_code"]
    assert script.transferred.unit not in script.elsewhere.values()
    right = catalogue.locate(**script.right_place)
    assert catalogue.assign(script.moved.body["service_code"], right).unit in script.moved.life.told
    assert len(script.moved.life.told) == 2
    assert script.phoned.body["channel"] == "phone"


@pytest.mark.parametrize("seed", range(5))
def test_a_burst_is_for_one_service_in_one_cell_and_passes_the_catalogues_limit(seed):
    catalogue = load("pilot")
    script = make_up(1, seed, catalogue, FIGURES).script
    burst = [*script.burst, script.real]
    (code,) = {planned.body["service_code"] for planned in burst}
    assert len({index_cell(Position(**planned.body["location"])) for planned in burst}) == 1
    assert len(script.burst) > catalogue.burst_limit(code).most


def test_the_same_seed_makes_the_same_day_under_other_keys():
    first, again, other = (make_up(50, seed, load("pilot"), FIGURES) for seed in (1, 1, 2))
    assert [planned._replace(key="") for planned in first.planned] == [
        planned._replace(key="") for planned in again.planned
    ]
    assert first.script.transferred._replace(key="") == again.script.transferred._replace(key="")
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


def test_as_much_is_not_the_citys_to_do_as_the_city_refuses():
    day = make_up(2500, 5, load("pilot"), FIGURES)
    refused = Counter(planned.life == lives.refused(planned.unit) for planned in day.planned)
    _assert_alike(refused, {True: FIGURES.refused_part, False: 1 - FIGURES.refused_part})


def test_only_what_citizens_use_themselves_counts_as_a_channel():
    assert set(FIGURES.channels) == {"web", "mobile", "social"}
    assert 0.2 < FIGURES.citizens_part < 0.25


def test_the_figures_carry_their_credit():
    assert "CC BY 4.0" in json.loads(FILE.read_text(encoding="utf-8"))["source"]


def test_refused_is_counted_among_what_is_closed():
    assert FIGURES.refused_part == pytest.approx(2329 / (2329 + 124580))


def _sent_by_citizens(script):
    alone = (script.asked, script.repeated, script.withdrawn, script.reopened, script.transferred, script.moved)
    return [*alone, *script.burst, script.real]


def _assert_alike(counts, weights):
    total, weighed = sum(counts.values()), sum(weights.values())
    for what, weight in weights.items():
        expected = weight / weighed
        spread = 5 * (expected * (1 - expected) / total) ** 0.5  # five standard deviations
        assert counts[what] / total == pytest.approx(expected, abs=spread + 1 / total)
