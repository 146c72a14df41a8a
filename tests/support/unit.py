"""A unit's system on the local cloud, as bare as can be: its role, its queue, its signed calls."""

import json
import time
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from local.stack import Stack


def administrator(stack: Stack, service: str) -> Any:
    """A client of the emulator's administrator."""
    ours = boto3.Session(stack.aws_access_key_id, stack.aws_secret_access_key, region_name=stack.region)
    return ours.client(service, endpoint_url=stack.aws_endpoint_url)  # type: ignore[call-overload]


def session(stack: Stack, unit: str) -> boto3.Session:
    """A session in a unit's role."""
    sts = administrator(stack, "sts")
    assumed = sts.assume_role(RoleArn=stack.unit_roles[unit], RoleSessionName="test")["Credentials"]
    return boto3.Session(
        assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"], region_name=stack.region
    )


def call(
    method: str, url: str, *, role: boto3.Session | None = None, body: Any = None, **headers: str
) -> tuple[int, Message, bytes]:
    """One HTTP request, signed if there is a `role`. `body` is sent as it is if it is text, else as JSON.

    Underscores in headers' names stand for dashes.
    """
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None
    if body is not None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        given.setdefault("Content-Type", "application/json")
    request = AWSRequest(method, url, headers=given, data=data)
    if role:
        SigV4Auth(role.get_credentials(), "execute-api", role.region_name).add_auth(request)
    try:
        with urllib.request.urlopen(  # noqa: S310
            urllib.request.Request(url, data=data, method=method, headers=dict(request.headers))  # noqa: S310
        ) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


class Unit:
    def __init__(self, stack: Stack, code: str) -> None:
        self.code = code
        self.role = session(stack, code)
        self._api_url = stack.api_url
        self._queue = stack.queues[code]
        self._sqs = self.role.client("sqs", endpoint_url=stack.aws_endpoint_url)

    def take(self, id: str, *, seconds: int = 60) -> dict[str, Any]:
        """Wait for a service request's message, and take it; others' are put back."""
        end, others = time.monotonic() + seconds, []
        try:
            while time.monotonic() < end:
                # Hidden meanwhile, however many they are: those that come back sooner would hide the one behind them.
                found = self._sqs.receive_message(
                    QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=seconds
                )
                others += found.get("Messages", [])
                for message in others:
                    body: dict[str, Any] = json.loads(message["Body"])
                    if body["subject"] == id:
                        others.remove(message)
                        self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                        return body
        finally:
            for message in others:
                self._sqs.change_message_visibility(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )
        raise AssertionError(f"unit {self.code} was not told of {id} within {seconds} s")

    def report(self, id: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        url = f"{self._api_url}/v1/units/{self.code}/service-requests/{id}/updates"
        status, _, answer = call("POST", url, role=self.role, body=body)
        return status, json.loads(answer)
