"""The demo reads what the reference worker wrote."""

from local.demo.memories import Applied, Memory, read
from local.unit_ledger import Ledger
from local.unit_ways import Ways

FOUND = {
    "service_request_id": "a",
    "service": {"code": "graffiti"},
    "place": {"position": None},
    "description": "Sur un terrain privé.",
    "priority": "normal",
}
DATA = {
    "sequence": 1,
    "previous_sequence": 0,
    "entry": {"sequence": 1, "action": "submit", "unit": "VM", "text": "Sur un terrain privé.", "note": None},
    "service_request": FOUND,
}


def test_what_a_worker_applied_and_reported_is_read_while_it_works(tmp_path):
    ledger = Ledger(tmp_path / "VM.sqlite", "VM", Ways(pace_s=0))
    ledger.take(DATA, 12.5)
    (report,) = ledger.due(10)
    assert read(tmp_path / "VM.sqlite") == Memory([Applied("a", 1, 12.5)], ["a"], [], frozenset({"a"}))
    ledger.settled(report, 200)
    memory = read(tmp_path / "VM.sqlite")
    assert (memory.done("acknowledge"), memory.done("resolve", "refuse"), memory.open) == ({"a"}, set(), {"a"})
    ledger.settled(ledger.due(10)[0], 200)
    memory = read(tmp_path / "VM.sqlite")
    assert (memory.done("refuse"), memory.open) == ({"a"}, set())
    ledger.close()


def test_a_report_that_was_refused_is_not_done(tmp_path):
    ledger = Ledger(tmp_path / "VM.sqlite", "VM", Ways())
    ledger.take(DATA, 12.5)
    ledger.settled(ledger.due(10)[0], 409)
    assert read(tmp_path / "VM.sqlite").done("acknowledge") == set()
    ledger.close()


def test_a_photo_counts_once_its_picture_is_there_and_is_no_step_of_the_work(tmp_path):
    ledger = Ledger(tmp_path / "VM.sqlite", "VM", Ways())
    ledger.take(DATA, 12.5)
    accepted = {"sequence": 2, "action": "accept_photo", "unit": None, "text": None, "note": None, "photo_id": "p"}
    ledger.take(DATA | {"sequence": 2, "previous_sequence": 1, "entry": accepted}, 13.5)
    assert read(tmp_path / "VM.sqlite").photos == frozenset()
    (wanted,) = ledger.album.due(10)
    ledger.album.fetched(wanted, b"jpeg")
    memory = read(tmp_path / "VM.sqlite")
    assert (memory.photos, memory.applied) == ({"p"}, [Applied("a", 1, 12.5)])
    ledger.close()


def test_a_unit_that_has_not_begun_remembers_nothing(tmp_path):
    (tmp_path / "new.sqlite").touch()
    assert read(tmp_path / "new.sqlite") == read(tmp_path / "none.sqlite") == Memory([], [], [])
