"""What tests send: where it goes is no chance."""

from itertools import chain

import pytest

from chalicelib.service_requests.cells import index_cell
from chalicelib.service_requests.submission import Location
from chalicelib.service_requests.timeline import Position
from tests.support import submissions
from tests.support.submissions import SHOWN, position, somewhere


def test_the_place_of_the_examples_is_the_documents():
    shown = [place for place in Location.model_config["json_schema_extra"]["examples"] if "lat" in place]
    assert [{name: place[name] for name in ("lat", "lon")} for place in shown] == [SHOWN]


@pytest.mark.parametrize("crowded", [SHOWN, position("VM")])
def test_somewhere_is_never_where_many_are_sent(monkeypatch, crowded):
    centre = position("VM")
    free = {"lat": centre["lat"] + 0.005, "lon": centre["lon"]}
    offsets = ((place["lat"] - centre["lat"], place["lon"] - centre["lon"]) for place in (crowded, free))
    drawn = chain.from_iterable(offsets)
    monkeypatch.setattr(submissions, "uniform", lambda *_: next(drawn))
    assert index_cell(Position(**somewhere("VM"))) == index_cell(Position(**free))
