import re
from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from chalicelib.foundation.dynamo import Update, attributes, deserialized, plain, serialized

words = st.text(st.characters(codec="utf-8"), max_size=10)
integers = st.integers(-(10**37), 10**37)
coordinates = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False).filter(
    lambda number: number == 0 or 1e-120 < abs(number) < 1e120
)
values = st.recursive(
    words | integers | coordinates | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=10,
)
attribute_names = st.sampled_from(["status", "unit", "timeline", "delivery"])


class Part(BaseModel):
    maybe: int | None = None


class Thing(BaseModel):
    whole: int
    broken: float
    listed: list[float]
    named: dict[str, int | float | str | None]
    any: object = None


@given(values)
def test_what_is_written_is_read_back_the_same(value):
    read = deserialized(serialized(plain(Thing(whole=1, broken=1, listed=[], named={}, any=value))))
    assert read["any"] == value
    assert isinstance(read["any"], bool) is isinstance(value, bool)


@given(values)
def test_values_are_written_as_boto3_writes_them(value):
    assert _numbers_read(serialized(value)) == _numbers_read(TypeSerializer().serialize(_exact(value)))


def _exact(value):
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {key: _exact(inner) for key, inner in value.items()}
    return [_exact(inner) for inner in value] if isinstance(value, list) else value


def _numbers_read(stored):
    """The same number can be written in several ways."""
    ((kind, held),) = stored.items()
    match kind:
        case "N":
            return kind, Decimal(held)
        case "M":
            return kind, {key: _numbers_read(inner) for key, inner in held.items()}
        case "L":
            return kind, [_numbers_read(inner) for inner in held]
    return kind, held


@pytest.mark.parametrize("value", [None, b"bytes", {"a", "set"}, object()])
def test_what_nothing_of_ours_writes_is_refused(value):
    with pytest.raises(TypeError):
        serialized(value)


@pytest.mark.parametrize("stored", [{"NULL": True}, {"B": b"bytes"}, {"SS": ["a", "set"]}])
def test_nor_is_it_read(stored):
    with pytest.raises(TypeError):
        deserialized(stored)


@given(integers, coordinates, st.lists(coordinates), st.dictionaries(words, integers | coordinates | words))
def test_a_model_comes_back_from_its_attributes(whole, broken, listed, named):
    thing = Thing(whole=whole, broken=broken, listed=listed, named=named)
    stored = attributes(thing)
    assert Thing.model_validate({name: deserialized(value) for name, value in stored.items()}) == thing


def test_what_is_none_is_left_out_at_every_depth():
    thing = Thing(whole=1, broken=0.5, listed=[], named={}, any=[Part(), Part(maybe=2)])
    assert attributes(thing) == {
        "whole": {"N": "1"},
        "broken": {"N": "0.5"},
        "listed": {"L": []},
        "named": {"M": {}},
        "any": {"L": [{"M": {}}, {"M": {"maybe": {"N": "2"}}}]},
    }


@pytest.mark.parametrize(
    ("stored", "read"), [("1", 1), ("-17", -17), ("45.5131", 45.5131), ("-0.5", -0.5), ("1E-7", 1e-7), ("100", 100)]
)
def test_numbers_are_read_as_pythons_own(stored, read):
    found = deserialized({"N": stored})
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize("lat", [45.5131, -73.55826, 0.1 + 0.2, 1 / 3, 5e-8, 1e15])
def test_a_coordinate_loses_nothing(lat):
    assert deserialized(attributes(Thing(whole=1, broken=lat, listed=[], named={}))["broken"]) == lat


def test_an_update_sets_appends_and_removes_under_its_condition():
    update = Update()
    update.put("status", value="resolved")
    update.put("due_at", value=None)
    update.put("delivery", "VM", value=3)
    update.set("timeline", to=f"list_append({update.path('timeline')}, {update.value([1])})")
    arguments = update.arguments(f"{update.path('sequence')} = {update.value(2)}")

    expression, condition = arguments["UpdateExpression"], arguments["ConditionExpression"]
    for placeholder, name in arguments["ExpressionAttributeNames"].items():
        expression = re.sub(rf"{placeholder}\b", name, expression)
        condition = re.sub(rf"{placeholder}\b", name, condition)
    for placeholder, value in arguments["ExpressionAttributeValues"].items():
        expression = re.sub(rf"{placeholder}\b", repr(deserialized(value)), expression)
        condition = re.sub(rf"{placeholder}\b", repr(deserialized(value)), condition)
    assert expression == (
        "SET status = 'resolved', delivery.VM = 3, timeline = list_append(timeline, [1]) REMOVE due_at"
    )
    assert condition == "sequence = 2"


@given(
    st.lists(st.tuples(st.lists(attribute_names, min_size=1, max_size=3), st.none() | words), min_size=1, max_size=12)
)
def test_an_update_defines_each_placeholder_it_uses_and_no_other(puts):
    update = Update()
    for path, value in puts:
        update.put(*path, value=value)
    arguments = update.arguments(f"{update.path('sequence')} = {update.value(1)}")
    used = arguments["UpdateExpression"] + " " + arguments["ConditionExpression"]
    assert set(re.findall(r"#\d+", used)) == set(arguments["ExpressionAttributeNames"])
    assert set(re.findall(r":\d+", used)) == set(arguments["ExpressionAttributeValues"])
    names = list(arguments["ExpressionAttributeNames"].values())
    assert len(names) == len(set(names))
