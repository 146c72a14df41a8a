"""What the documentation says of the program, held against the program."""

import json
import re

import jsonschema
import pytest

import app  # noqa: F401 - so that every problem there is has been declared
from chalicelib.foundation import presigned, requests, texts
from chalicelib.foundation.problems import TYPE_PREFIX, Problem
from chalicelib.routing import messages
from chalicelib.service_requests import agent_updates, areas, lifecycle, listing, lists_api, model, photos, updates
from local.stages import ROOT, stages
from tests.support.pages import blocks, differences

DOCS = ROOT / "docs"
PAGES = ("for-apps.md", "for-units.md", "for-agents.md")


def text_of(page):
    return (DOCS / page).read_text(encoding="utf-8")


def rows(page):
    """The cells of every table's lines."""
    lines = re.findall(r"^\|(.*)\|$", text_of(page), re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def words(cell):
    """What stands as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("page", PAGES)
def test_few_examples_are_not_run(page):
    found = blocks(text_of(page))
    assert sum(block.note == "illustration" for block in found) <= len(found) / 8


@pytest.mark.parametrize("page", [*PAGES, "README.md", "operations.md", "../README.md"])
def test_links_lead_somewhere(page):
    def anchors(text):
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    here = (DOCS / page).resolve()
    for file, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text_of(page)):
        target = (here.parent / file) if file else here
        assert target.exists(), file
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), anchor


def test_the_list_of_problems_has_all_that_the_program_and_the_gateway_tell():
    def kinds(of):
        return [kind for direct in of.__subclasses__() for kind in (direct, *kinds(direct))]

    told = {TYPE_PREFIX + kind.slug for kind in kinds(Problem) if kind.__module__.startswith("chalicelib.")}
    told |= set(re.findall(rf"{TYPE_PREFIX}[a-z-]+", (ROOT / "infra" / "app.yaml").read_text(encoding="utf-8")))
    listed = [cells[0].strip("`") for cells in rows("for-apps.md") if TYPE_PREFIX in cells[0]]
    assert sorted(listed) == sorted(told)


def test_the_list_of_statuses_has_the_names_that_are_shown():
    of_four = [cells for cells in rows("for-apps.md") if len(cells) == 4]
    listed = [cells for cells in of_four if cells[0].strip("`") in set(lifecycle.Status)]
    assert listed == [
        [f"`{status}`", name.fr, name.en, "yes" if status.is_open else "no"]
        for status, name in lifecycle.STATUS_NAMES.items()
    ]


def test_units_are_told_of_every_kind_of_message():
    listed = {
        (kind, action)
        for row in rows("for-units.md")
        if len(row) == 3
        for kind in words(row[0])
        for action in words(row[1])
    }
    assert {(kind, str(action)) for action, kind in messages._WHAT.items()} <= listed


@pytest.mark.parametrize(
    ("page", "takes", "everywhere"),
    [("for-units.md", updates._TAKES, {"reference", "message"}), ("for-agents.md", agent_updates._TAKES, set())],
)
def test_each_action_has_its_line_and_what_it_takes(page, takes, everywhere):
    listed = {action: row for row in rows(page) if len(row) == 4 for action in words(row[0]) if action in takes}
    assert listed.keys() == takes.keys()
    for action, (required, optional) in takes.items():
        named = set(words(" ".join(listed[action][1:3])))
        assert required <= named
        assert optional - everywhere <= named


def test_the_message_that_is_shown_is_of_the_published_schema():
    shown = next(block for block in blocks(text_of("for-units.md")) if '"specversion"' in block.text)
    schema = json.loads((DOCS / "schemas" / messages.SCHEMA_FILE).read_bytes())
    jsonschema.validate(json.loads(shown.text), schema)


def test_pages_that_the_local_stack_answers_are_named():
    for origin in stages()["local"].allowed_origins.split(","):
        assert f"`{origin}`" in text_of("for-apps.md")


def test_limits_are_as_the_program_has_them():
    page = text_of("for-apps.md")
    for said in (
        f"{requests.BODY_LIMIT // 1024} kB at most",
        f"{texts.PROSE_LENGTH:_} characters".replace("_", " "),
        f"{texts.REMARK_LENGTH:_} characters".replace("_", " "),
        f"{texts.LINE_LENGTH} characters",
        f"{model.BYTES_FOR_ALL // 1000} kB",
        f"`radius` is {areas.USUAL_RADIUS} m unless you\nsay otherwise, {areas.MOST_RADIUS} at most",
        f"{areas.MOST_SIDE // 1000} km on a side at most",
        f"{lists_api.USUAL_NEAR}, or `limit` up to {listing.MOST}",
        f"{listing.USUAL} a part, or `limit` up to {listing.MOST}",
        f"within {lifecycle.REOPENING_DAYS} days of its closing",
        f"{photos.MOST_AT_ONCE}; {photos.MOST} expected or accepted, {photos.MOST_ANNOUNCED} announced in all",
        f"15 MB ({photos.MOST_BYTES:_} bytes)".replace("_", " "),
        f"{presigned.FORM_LASTS.seconds // 60} minutes; {presigned.LINK_LASTS.seconds // 60} minutes",
    ):
        assert said in page


def test_a_shape_tells_what_lacks_what_is_new_and_what_is_of_another_type():
    def told(shown, found):
        return list(differences(shown, found))

    assert told({"id": "A", "at": None, "n": 1, "…": "…"}, {"id": "B", "at": None, "n": 2.5, "more": 1}) == []
    assert told({"a": 1}, {"b": 1}) == ["/a: is shown, and not there", "/b: is there, and not shown"]
    assert told({"a": None}, {"a": "x"}) == ["/a: is 'x', not None"]
    assert told({"a": 1}, {"a": True}) == ["/a: is True, not 1"]
    assert told({"status": "queued"}, {"status": "resolved"}) == ["/status: is 'resolved', not 'queued'"]
    assert told([{"a": 1}, "…"], [{"a": 2}, {"b": 3}]) == []
    assert told([{"a": 1}], []) == [": has 0, not 1"]
