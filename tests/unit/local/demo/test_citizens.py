"""The citizens of the demo ask again, with the same key, until they are answered."""

import email
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from local.demo import lives
from local.demo.citizens import Citizens
from local.demo.line import Answer, Line
from local.demo.planning import Planned

PLANNED = Planned(9.5, "VM", "en", "k" * 32, {"service_code": "graffiti"}, lives.done("VM"))


@contextmanager
def counter(*statuses: int) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A counter that gives these answers, 0 being none at all; its address, and the headers it gets."""
    answers, seen = list(statuses), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append({"body": self.rfile.read(int(self.headers["Content-Length"])).decode(), **self.headers})
            status = answers.pop(0)
            if status:
                self.send_response(status)
                self.end_headers()
                if status != 204:
                    self.wfile.write(json.dumps({"service_request_id": "7K3Q9XPTM4"}).encode())

        def log_message(self, *args: object) -> None:
            """Nothing on the tests' output."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


def test_a_fault_of_the_other_side_or_of_the_line_is_met_with_the_same_key_and_body_until_accepted():
    with counter(502, 0, 429, 201) as (address, seen), Line(address) as line, Citizens(line) as citizens:
        sent = citizens.send(PLANNED).result()
    assert sent.accepted
    assert sent.id == "7K3Q9XPTM4"
    assert {(headers["Idempotency-Key"], headers["body"]) for headers in seen} == {
        (PLANNED.key, '{"service_code": "graffiti"}')
    }
    assert (sent.tries, len(seen)) == (4, 4)


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_is_taken_as_an_answer(status):
    with counter(status) as (address, _), Line(address) as line, Citizens(line) as citizens:
        sent = citizens.send(PLANNED).result()
    assert (sent.accepted, sent.answer.status) == (False, status)


def test_photos_are_sent_by_the_forms_that_came_with_the_receipt_and_again_after_a_fault():
    with counter(503, 204) as (address, seen), Line(address) as line, Citizens(line) as citizens:
        forms = [{"photo_id": "p", "url": f"{address}/bucket", "fields": {"key": "uploads/a/p", "policy": "…"}}]
        receipt = {"service_request_id": "7K3Q9XPTM4", "photo_uploads": forms}
        line.ask = lambda *_: (Answer(201, receipt), 1)
        sent = citizens.send(PLANNED.with_photos(b"a photo")).result()
    assert [answer.status for answer in sent.photos] == [204]
    assert sent.photo_ids == ["p"]
    for received in seen:
        message = email.message_from_string(f"Content-Type: {received['Content-Type']}\n\n{received['body']}")
        parts = {part.get_param("name", header="Content-Disposition"): part.get_payload() for part in message.walk()}
        assert parts["key"] == "uploads/a/p"
        assert [*parts][-1] == "file", "what comes after the file S3 does not read"
        assert parts["file"] == "a photo"
    assert len(seen) == 2


def test_who_leaves_does_not_wait_for_a_counter_that_is_closed():
    with Line("http://127.0.0.1:1") as line, Citizens(line) as citizens:
        waiting = citizens.send(PLANNED)
    assert not waiting.done() or waiting.cancelled() or not waiting.result().accepted
