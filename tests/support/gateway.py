"""API Gateway in front of the app, in process: the events that AWS makes (REST API, payload 1.0), nothing verified."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from zlib import crc32

from .environment import STAFF_CLIENT

ACCOUNT = "123456789012"


class Answer:
    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.status: int = answer["statusCode"]
        self.body: str = answer.get("body") or ""
        self.headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:400]}"


class Context:
    """Lambda's context, as far as it is used."""

    function_name = "guichet-test-api"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Gateway:
    def __init__(self, app: Any, base_path: str = "/test") -> None:
        self._app = app
        self._base_path = base_path

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        return self.call("POST", path, body=body, **options)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        role: str = "",
        agent: str = "",
        claims: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request. `role` signs it, by that IAM role. `agent` sends an agent's token, with those groups, separated
        by commas: `agents`, `unit-VM`; `claims` are others of it, or of another one.

        `body` is sent as it is if it is text, as API Gateway hands over what is binary if it is bytes, else as JSON.
        """
        parts = urlsplit(path)
        resource, parameters = self._resource(parts.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        given = dict(headers or {})
        if body is not None:
            given.setdefault("Content-Type", "application/json; charset=utf-8")
        told = {**(_agent(agent) if agent else {}), **(claims or {})}
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/a-session" if role else None
        event = {
            "resource": resource,
            "path": self._base_path + parts.path,
            "httpMethod": method,
            "headers": given or None,
            "multiValueHeaders": {name: [value] for name, value in given.items()} or None,
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": parameters or None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": resource,
                "path": self._base_path + parts.path,
                "httpMethod": method,
                "stage": "test",
                "identity": {"userArn": arn, "sourceIp": "203.0.113.9"},
                "requestId": "r",
                **({"authorizer": {"claims": told}} if told else {}),
            },
            "body": _sent(body),
            "isBase64Encoded": isinstance(body, bytes),
        }
        return Answer(self._app(event, Context()))

    def _resource(self, path: str) -> tuple[str, dict[str, str]]:
        """The declared path that matches, literals before parameters; and the parameters, encoded as by AWS."""
        for resource in sorted(self._app.routes, key=lambda declared: declared.count("{")):
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(resource))
            if match := re.fullmatch(pattern, path):
                return resource, {name: quote(unquote(value)) for name, value in match.groupdict().items()}
        raise LookupError(f"the gateway itself answers 404 for {path}")


def _agent(groups: str) -> dict[str, str]:
    """The claims of an ID token, as the gateway hands them over."""
    return {
        "sub": "b1f4c2d0-0000-4000-8000-" + f"{crc32(groups.encode()):012d}",
        "cognito:username": f"agent of {groups}",
        "cognito:groups": groups,
        "aud": STAFF_CLIENT,
        "token_use": "id",
    }


def _sent(body: Any) -> str | None:
    if isinstance(body, bytes):
        return base64.b64encode(body).decode()
    return body if body is None or isinstance(body, str) else json.dumps(body)
