"""What an item says, and what it leaves unsaid."""

from chalicelib.service_requests.items import as_item, from_item
from chalicelib.service_requests.model import ServiceRequest
from chalicelib.service_requests.timeline import Entry, Photo
from tests.support.examples import submitted


def test_an_item_reads_back_as_what_was_written():
    new = submitted()
    assert from_item(as_item(new)) == new


def defaults(model):
    fields = model.model_fields.items()
    return {name: field.default for name, field in fields if not field.is_required() and field.default is not None}


def test_what_an_item_leaves_out_means_the_same_for_as_long_as_it_is_kept():
    """Another default would change what is stored already: it needs a migration, or another name."""
    assert defaults(Entry) == {"recipients": (), "applied": True}
    assert defaults(Photo) == {"hints_allowed": False, "former_folders": ()}
    assert defaults(ServiceRequest) == {
        "status": "submitted",
        "unit": "",
        "assigned_sequence": 0,
        "held": False,
        "delivery": {},
        "attributes": {},
        "token_generation": 1,
        "sequence": 0,
        "priority": "normal",
        "resumed": "acknowledged",
        "joined": {},
        "supporters": {},
        "timeline": (),
        "texts": {},
        "notes": {},
        "places": {},
        "agents": {},
        "photos": {},
        "passed_over": {},
        "blurs": {},
        "told": {},
    }
