"""The three functions and what stands between them, in process, with the citizen and the units around."""

import json
from typing import Any

from chalicelib.foundation import times
from chalicelib.foundation.settings import settings
from chalicelib.routing.events import relay_stream
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.gateway import Context, Gateway
from tests.support.stream import Stream
from tests.support.submissions import position


class Functions:
    def __init__(self, gateway: Gateway, sqs: Any) -> None:
        self.gateway = gateway
        self.stream = Stream(settings().service_requests_table)
        self._sqs = sqs

    def relay(self) -> None:
        """The relay, for all that the stream holds."""
        while (event := self.stream.batch())["Records"]:
            relay_stream(event, Context())

    def messages(self, unit: str) -> list[dict[str, Any]]:
        """All that is on a unit's queue, taken."""
        url = f"{settings().queue_url_prefix}{unit}.fifo"
        taken = []
        while found := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                taken.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    def submit(self, borough: str = "VM", service: str = "nid-de-poule", **attributes: str) -> dict[str, Any]:
        body = {
            "service_code": service,
            "location": position(borough),
            "attributes": attributes or {"taille": "grand"},
            "description": "Trou profond",
        }
        answer = self.gateway.post("/v1/service-requests", body)
        assert answer.status == 201, answer
        return answer.json

    def report(self, unit: str, id: str, action: str, **details: str) -> dict[str, Any]:
        body = {"update_id": f"{action}-1", "occurred_at": times.written(times.now()), "action": action} | details
        path = f"/v1/units/{unit}/service-requests/{id}/updates"
        answer = self.gateway.post(path, body, role=UNIT_ROLE_PREFIX + unit)
        assert answer.status == 200, answer
        return answer.json

    def seen(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """What the citizen sees."""
        path = f"/v1/service-requests/{receipt['service_request_id']}"
        return self.gateway.get(path, headers={"Tracking-Token": receipt["tracking_token"]}).json
