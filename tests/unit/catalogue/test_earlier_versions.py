import gzip
import json
import subprocess
import sys
from datetime import date, timedelta

import pytest

from chalicelib.catalogue.build.earlier import MOST_KEPT
from chalicelib.catalogue.build.faults import DataError

RUES = "services/rues.yaml"
FIRST_DAY = date(2026, 6, 1)


@pytest.fixture
def changed(small_city):
    """A city that kept a version, then asked other questions and dropped a service; that version."""
    small_city.keep("whole")
    version = small_city.catalogue("whole").version
    small_city.change(RUES, "no: {fr: Petit, en: Small}", "petit: {fr: Petit, en: Small}")
    small_city.change("catalogues/whole.yaml", "services: all", "services: [trou, taxe]")
    small_city.compile()
    return version


def kept_files(small_city):
    return sorted(path.name.removesuffix(".jsonl.gz") for path in (small_city.data / "earlier").iterdir())


def test_a_kept_version_says_what_was_asked_and_where_it_was_offered_then(small_city, changed):
    now = small_city.catalogue("whole")
    then = now.earlier(changed)
    assert then.version == changed != now.version
    assert list(then.services) == ["trou", "lampe", "taxe"]
    assert [value.key for value in then.services["trou"].attributes[0].values] == ["no", "grand"]
    assert [value.key for value in now.services["trou"].attributes[0].values] == ["petit", "grand"]
    assert then.boroughs_offering("lampe") == ("AA", "BB")
    assert then.boroughs_offering("taxe") == ("AA",)


@pytest.mark.parametrize("version", ["", "whole", "whole-0000000000", "../whole", "../../data/earlier/whole"])
def test_a_version_that_was_not_kept_is_none(small_city, changed, version):
    assert small_city.catalogue("whole").earlier(version) is None


def test_what_is_published_twice_is_kept_once(small_city):
    (path,) = small_city.keep("whole")
    before = path.read_bytes()
    assert small_city.keep("whole", FIRST_DAY + timedelta(days=9)) == []
    assert path.read_bytes() == before


def test_to_keep_a_version_does_not_make_another_of_it(small_city):
    small_city.compile()
    version = small_city.catalogue("whole").version
    small_city.keep("whole")
    assert small_city.catalogue("whole").version == version
    assert small_city.catalogue("whole").earlier(version).version == version, "ready for when the next one is deployed"


def test_the_same_version_is_kept_in_the_same_bytes(small_city):
    (path,) = small_city.keep("whole")
    before = path.read_bytes()
    path.unlink()
    small_city.keep("whole")
    assert path.read_bytes() == before
    assert before[4:8] == b"\0\0\0\0", "no time in it"


def test_the_oldest_are_dropped_past_the_newest_fifty(small_city):
    kept = []
    for number in range(MOST_KEPT + 2):
        small_city.change(RUES, "target_working_days: ", f"target_working_days: {number + 1} #")
        changed = small_city.keep("whole", FIRST_DAY + timedelta(days=number))
        kept.append(small_city.catalogue("whole").version)
        assert len(changed) == (1 if number < MOST_KEPT else 2)
    assert kept_files(small_city) == sorted(kept[2:])
    whole = small_city.catalogue("whole")
    assert whole.earlier(kept[1]) is None
    assert whole.earlier(kept[2]).services["trou"].target_working_days == 3
    assert sorted(path.name for path in (small_city.compiled / "earlier").iterdir()) == [
        f"{version}.jsonl.gz" for version in sorted(kept[2:])
    ]


def test_one_catalogues_versions_do_not_push_out_anothers(small_city):
    small_city.keep("part")
    part = small_city.catalogue("part").version
    for number in range(MOST_KEPT + 1):
        small_city.change(RUES, "target_working_days: ", f"target_working_days: {number + 1} #")
        small_city.keep("whole", FIRST_DAY + timedelta(days=number + 1))
    assert part in kept_files(small_city)


def test_a_catalogue_takes_the_versions_of_the_one_it_succeeds_but_not_the_reverse(small_city):
    small_city.keep("part")
    small_city.keep("whole")
    whole, part = small_city.catalogue("whole"), small_city.catalogue("part")
    assert list(whole.earlier(part.version).services) == ["lampe"]
    assert part.earlier(whole.version) is None, "what was never offered there is not taken by naming another's version"


def broken(content):
    first, second, *others = gzip.decompress(content).splitlines()
    return {
        "cut short": (content[:-20], "is not a version that was kept"),
        "not compressed": (b"{}", "is not a version that was kept"),
        "no heading": (gzip.compress(b"{}"), "is not a version that was kept"),
        "a service less": (gzip.compress(b"\n".join([first, *others])), "does not hold what its name"),
        "another version": (
            gzip.compress(b"\n".join([json.dumps(json.loads(first) | {"version": "x"}).encode(), second, *others])),
            "does not hold what its name",
        ),
        "another form": (
            gzip.compress(b"\n".join([first, second.replace(b'"stoppers"', b'"stopper"'), *others])),
            "trou: stoppers: is missing",
        ),
    }


@pytest.mark.parametrize("how", broken(gzip.compress(b"{}\n{}")))
def test_a_kept_version_that_can_no_longer_be_read_is_a_fault_before_it_is_deployed(small_city, how):
    (path,) = small_city.keep("whole")
    content, said = broken(path.read_bytes())[how]
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        small_city.compile()
    assert f"\nearlier/{path.name}: {said}" in str(error.value)


def test_an_earlier_version_is_read_only_when_it_is_named():
    program = """
import pathlib
from chalicelib.catalogue import load
opened = []
read = pathlib.Path.read_bytes
pathlib.Path.read_bytes = lambda path: opened.append(path.name) or read(path)
catalogue = load("city")
catalogue.services["graffiti"]
catalogue.earlier("city-0000000000")
print(opened)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout.strip() == "['city.jsonl']"
