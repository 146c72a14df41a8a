"""The documentation's complete examples, where things go wrong: what is lost, repeated, or not answered."""

import json
import os
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from local.stages import ROOT
from tests.support.pages import node
from tests.support.unit import Unit, call

EXAMPLES = ROOT / "docs" / "examples"
SUBMISSION = {
    "service_code": "nid-de-poule",
    "location": {"borough": "RP", "address": "12090, rue Notre-Dame Est"},
    "attributes": {"taille": "petit"},
}


def run(example, *arguments, **environment):
    """What an example prints, and what it says as it goes."""
    done = subprocess.run(  # noqa: S603
        [node(), EXAMPLES / example, *map(str, arguments)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout, done.stderr


# --- the unit's worker


def test_the_worker_misses_nothing_and_repeats_nothing(stack, tmp_path):
    unit = Unit(stack, "RP")
    memory = tmp_path / "memory.json"
    identity = {"AWS_ACCESS_KEY_ID": stack.aws_access_key_id, "AWS_SECRET_ACCESS_KEY": stack.aws_secret_access_key}
    where = {
        "UNIT": "RP",
        "ROLE_ARN": stack.unit_roles["RP"],
        "QUEUE_URL": stack.queues["RP"],
        "API_URL": stack.api_url,
        "AWS_REGION": stack.region,
        "AWS_ENDPOINT_URL": stack.aws_endpoint_url,
        "MEMORY": str(memory),
    }

    def work(until):
        """What the worker says, run until it has said this: a message takes a moment to arrive."""
        said = ""
        for _ in range(20):
            said += run("unit_worker.mjs", "--until-done", **where, **identity)[1]
            if until in said:
                return said
        raise AssertionError(said)

    doors = f"{stack.api_url}/v1/service-requests"
    receipt = json.loads(call("POST", doors, body=SUBMISSION)[2])
    id = receipt["service_request_id"]

    def comment(text):
        url = f"{doors}/{id}/comments"
        assert call("POST", url, body={"text": text}, Tracking_Token=receipt["tracking_token"])[0] == 200

    work(until=f"{id}  resolve: 200")
    comment("Celui-ci se perd.")
    unit.take(id)
    comment("Celui-ci arrive.")
    said = work(until="5: comment")
    assert said.index("4: comment: Celui-ci se perd.") < said.index("5: comment: Celui-ci arrive.")

    again = f"{stack.api_url}/v1/units/RP/service-requests/{id}/resend"
    assert call("POST", again, role=unit.role, body={"from_sequence": 1})[0] == 200
    assert id not in work(until="")
    remembered = json.loads(memory.read_text())
    assert remembered["last"][id] == 5
    assert [order["open"] for order in remembered["work_orders"] if order["service_request_id"] == id] == [False]


# --- the app's outbox


@contextmanager
def counter(*answers):
    """A counter that gives these answers, None being none at all; and what was sent to it."""
    waiting, sent = list(answers), []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent.append((self.headers["Idempotency-Key"], json.loads(body)))
            answer = waiting.pop(0)
            if answer is not None:
                status, document = answer
                self.send_response(status)
                self.send_header("Retry-After", "1")
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        server.server_close()


def test_the_outbox_sends_the_same_under_the_same_key_until_it_is_answered(tmp_path):
    with counter(None, (503, {}), (201, {"service_request_id": "7K3Q9XPTM3"})) as (address, sent):
        outcome = json.loads(run("outbox.mjs", address, tmp_path / "outbox", json.dumps(SUBMISSION))[0])
    assert outcome == {"outcome": "taken", "receipt": {"service_request_id": "7K3Q9XPTM3"}}
    (key, body), *others = sent
    assert len(key) >= 16
    assert body == SUBMISSION
    assert others == [(key, body)] * 2


def test_the_outbox_gives_back_what_the_counter_refuses_and_another_try_has_another_key(tmp_path):
    with counter((422, {"type": "stopped"}), (422, {"type": "stopped"})) as (address, sent):
        for _ in range(2):
            outcome = json.loads(run("outbox.mjs", address, tmp_path / "outbox", json.dumps(SUBMISSION))[0])
            assert outcome == {"outcome": "refused", "problem": {"type": "stopped"}}
    assert len({key for key, _ in sent}) == 2
    assert json.loads((tmp_path / "outbox").read_text()) == []
