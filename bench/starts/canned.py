"""Answers under botocore, in a process that has the package alone."""

import json
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

ANSWERS = {
    "GetSecretValue": {"Name": "keys", "SecretString": '{"1": "first"}'},
    "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
    "PutItem": {},
}


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> list[bytes]:
        return [self._body]


def answer(request: Any, **_: Any) -> AWSResponse:
    operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
    return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(json.dumps(ANSWERS[operation]).encode()))
