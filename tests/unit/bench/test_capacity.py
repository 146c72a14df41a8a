"""Capacity by arithmetic is what AWS's guide says."""

import pytest

from bench.capacity import Index, get_units, item_size, query_units, write_units

INDEX = Index("by-unit", ("unit",), frozenset({"id", "unit", "status"}))


def item(**attributes):
    return {"id": {"S": "7K3Q9XPTM3"}, **{name: {"S": value} for name, value in attributes.items()}}


def text(bytes_):
    return item(t="x" * (bytes_ - len("id7K3Q9XPTM3t")))


@pytest.mark.parametrize(
    ("attribute", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "12345"}, 4),
        ({"N": "-45.5"}, 4),
        ({"BOOL": True}, 1),
        ({"L": [{"S": "ab"}]}, 3 + 1 + 2),
        ({"M": {"fr": {"S": "ab"}}}, 3 + 1 + 2 + 2),
    ],
)
def test_an_attribute_counts_its_name_and_its_value(attribute, size):
    assert item_size({"n": attribute}) == 1 + size


def test_a_write_costs_a_unit_for_each_kilobyte_begun():
    assert write_units(None, text(1024), []) == {"": 1}
    assert write_units(None, text(1025), []) == {"": 2}


def test_of_what_was_and_what_is_the_larger_counts():
    assert write_units(text(2000), text(10 + 12), []) == {"": 2}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, item(unit="VM"), 1),
        (item(unit="VM"), item(), 1),
        (item(unit="VM"), item(unit="RO"), 2),
        (item(unit="VM", status="submitted"), item(unit="VM", status="resolved"), 1),
        (item(unit="VM", note="a"), item(unit="VM", note="b"), 0),
        (item(), item(note="a"), 0),
    ],
    ids=["it comes", "it goes", "it moves", "what is held changes", "what is not held changes", "it is not there"],
)
def test_an_index_is_written_only_where_it_changes(before, after, units):
    assert write_units(before, after, [INDEX]).get("by-unit", 0) == units


def test_a_read_costs_a_unit_for_each_four_kilobytes_and_a_query_half_of_their_sum():
    assert get_units(text(4096)) == 1
    assert get_units(text(4097)) == 2
    assert query_units([text(2048), text(2048)]) == 0.5
    assert query_units([text(2048), text(2049)]) == 1
    assert query_units([]) == 0.5
