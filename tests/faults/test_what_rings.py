"""The alarms of `infra/`, on what the functions print while something goes wrong: what waits too long rings."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from chalice.package import YAMLTemplateSerializer

from chalicelib.routing import events
from local.stages import ROOT
from local.units import units_template
from tests.support.faults.acting import relay_all, report, submit
from tests.support.faults.world import World

UNITS = ["RO", "SO", "VM"]
PREFIX = "guichet-${Stage}-"

Alarm = Mapping[str, Any]


@pytest.fixture(autouse=True)
def few_units(monkeypatch):
    monkeypatch.setattr(events, "catalogue", lambda: SimpleNamespace(all_units=UNITS))


@pytest.fixture(scope="module")
def alarms() -> dict[str, Alarm]:
    """By name, those on metrics of ours."""
    found = {}
    for template in ((ROOT / "infra" / "app.yaml").read_text(encoding="utf-8"), units_template("pilot")):
        for resource in YAMLTemplateSerializer().load_template(template)["Resources"].values():
            alarm = resource.get("Properties", {})
            if alarm.get("Namespace") == "Guichet":
                found[alarm["AlarmName"]["Fn::Sub"].removeprefix(PREFIX)] = alarm
    return found


class Watched:
    """A world, minute by minute, and what its functions print."""

    def __init__(self, world: World, printed: Callable[[], str], alarms: Mapping[str, Alarm]) -> None:
        self.world = world
        self._printed = printed
        self._alarms = alarms
        self.lines: list[tuple[datetime, dict[str, Any]]] = []

    def minutes(self, number: int, also: Callable[[], object] = lambda: None) -> None:
        """The reconciler runs in each, a little later or earlier than in the one before."""
        for _ in range(number):
            began = self.world.now = self.world.now.replace(second=0, microsecond=0) + timedelta(minutes=1)
            self.world.now += timedelta(seconds=self.world.chance.uniform(5, 25))
            self.world.reconcile()
            self.world.finish()
            relay_all(self.world)
            also()
            self.hear(began)

    def hear(self, at: datetime) -> None:
        said = [json.loads(line) for line in self._printed().splitlines() if '"_aws"' in line]
        self.lines += [(at, line) for line in said]

    def ringing(self) -> set[str]:
        """The alarms that have rung."""
        return {name for name, alarm in self._alarms.items() if self._rings(alarm)}

    def _rings(self, alarm: Alarm) -> bool:
        """As CloudWatch says: of the last so many periods so many above the threshold; one without a value is not."""
        assert alarm["Statistic"] == "Maximum"
        assert alarm["TreatMissingData"] == "notBreaching"
        period, values = alarm["Period"], defaultdict[int, float](float)
        for at, line in self.lines:
            if alarm["MetricName"] in line and _is_of(line, alarm):
                begun = int(at.timestamp()) // period
                values[begun] = max(values[begun], *line[alarm["MetricName"]])
        above = {begun for begun, value in values.items() if value > alarm["Threshold"]}
        of = alarm["EvaluationPeriods"]
        needed = alarm.get("DatapointsToAlarm", of)
        return any(len(above & set(range(last - of + 1, last + 1))) >= needed for last in above)


def _is_of(line: Mapping[str, Any], alarm: Alarm) -> bool:
    """Whether its dimensions are the alarm's, all of them and no other."""
    (described,) = line["_aws"]["CloudWatchMetrics"]
    (names,) = described["Dimensions"]
    wanted = {each["Name"]: each["Value"] for each in alarm["Dimensions"]} | {"stage": line["stage"]}
    return {name: line[name] for name in names} == wanted


@pytest.fixture
def watched(world: World, capsys, alarms) -> Watched:
    capsys.readouterr()
    return Watched(world, lambda: capsys.readouterr().out, alarms)


def test_where_all_goes_well_nothing_rings(watched):
    def also():
        submit(watched.world, "RO")
        relay_all(watched.world)

    watched.minutes(12, also)
    assert watched.lines, "something is measured"
    assert watched.ringing() == set()


def test_one_that_a_queue_does_not_take_rings(watched):
    watched.world.down = {"RO"}
    submit(watched.world, "RO")
    watched.minutes(3)
    assert watched.ringing() == set(), "what passes does not"
    watched.minutes(5)
    assert watched.ringing() == {"left-behind"}
    watched.minutes(10)
    assert watched.ringing() == {"left-behind", "RO-undelivered"}


def test_it_is_the_unit_whose_queue_is_down_that_rings_though_another_has_the_service_request(watched):
    watched.world.down = {"RO"}
    known = submit(watched.world, "RO")
    report(watched.world, known, "RO", "transfer", to_unit="VM")
    watched.minutes(20)
    assert watched.ringing() == {"left-behind", "RO-undelivered"}


def test_many_new_ones_do_not_hide_an_old_one(watched):
    watched.world.down = {"RO"}
    submit(watched.world, "RO")

    def also():
        watched.world.now += timedelta(seconds=30)  # none of them is due before the old one is looked at again
        for _ in range(12):
            submit(watched.world, "RO")

    watched.minutes(16, also)
    assert "RO-undelivered" in watched.ringing()


def test_one_that_cannot_be_read_rings(watched):
    known = submit(watched.world, "RO")
    watched.world.stream.clear()
    watched.world.table.items[known.id,]["channel"] = {"S": "by pigeon"}
    watched.minutes(10)
    assert watched.ringing() == {"left-behind"}


def test_runs_that_overlap_tell_once_that_a_unit_is_late(watched):
    world = watched.world
    submit(world, "RO")
    relay_all(world)
    world.now += timedelta(hours=2)
    for _ in range(2):
        world.reconcile()
    while world.running:  # in step: each reads what is late before the other has told it
        for process in list(world.running):
            process.go_on()
            if process.over:
                world.running.remove(process)
    watched.hear(world.now)
    assert [value for _, line in watched.lines for value in line.get("BecameUnacknowledged", [])] == [1]
