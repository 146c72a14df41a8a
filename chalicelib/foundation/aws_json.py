"""AWS's JSON as it is: what a client of boto3 does not do over, once for each value, in Python.

boto3 walks through all that is sent and all that comes back, value by value, along the service's description, to turn
times and bytes from and into JSON. In the calls that the counter makes there are neither: what is sent is JSON already,
and so is what comes back. `docs/decisions/0016` says what that saves. Refusals are read as always.
"""

from collections.abc import Mapping
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.serialize import JSONSerializer


class _AsSent(JSONSerializer):
    """Makes a request's body of the call's arguments as they are."""

    def _serialize(self, serialized: dict[str, Any], value: Mapping[str, Any], *_: Any) -> None:
        serialized.update(value)


def made_light(client: Any) -> None:
    """Let a client of DynamoDB send arguments as they are, and always to the same address.

    boto3 works the address out anew for each call, from rules of which none leads ours elsewhere: they are for
    whoever names tables by ARN, or whose credentials tell the account, as those of functions do not.
    """
    client._serializer = _AsSent()  # noqa: SLF001 - there is no other way in
    client._ruleset_resolver = None  # noqa: SLF001 - then it is the one that the client was made with


class _AsRead(JSONParser):
    """Gives what an answer says as it is, but for what is null, which boto3 leaves out too."""

    def _do_parse(self, response: Mapping[str, Any], _: Any) -> dict[str, Any]:
        answer = self._parse_body_as_json(response["body"])  # type: ignore[attr-defined]
        parsed = {name: value for name, value in answer.items() if value is not None}
        self._inject_response_metadata(parsed, response["headers"])  # type: ignore[attr-defined]
        return parsed


class Parsers(ResponseParserFactory):
    """boto3's, but for the protocol of JSON alone, which DynamoDB, SQS and Secrets Manager speak."""

    def create_parser(self, protocol_name: str) -> Any:
        return _AsRead() if protocol_name == "json" else super().create_parser(protocol_name)
