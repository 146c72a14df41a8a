"""Calls of AWS recorded once, on moto, and then answered from the record, under botocore: so that a time is ours alone.

Parameters are still serialized, requests signed and answers parsed, as they are on AWS.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders


@dataclass
class Record:
    """What was called, and the bodies that came back, in order."""

    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """The service, the name of its client's method, and the arguments."""
    answers: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    """By the operation's name."""

    def repeat(self, clients: Mapping[str, Any]) -> None:
        """The same calls, bare."""
        for service, method, arguments in self.calls:
            getattr(clients[service], method)(**arguments)


@contextmanager
def recorded(clients: Mapping[str, Any]) -> Iterator[Record]:
    """Record the calls of these clients, which are of moto."""
    record = Record()
    hooks = [(client, _Recorder(name, client, record)) for name, client in clients.items()]
    for client, recorder in hooks:
        client.meta.events.register("provide-client-params", recorder.call)
        client.meta.events.register("before-parse", recorder.answer)
    yield record
    for client, recorder in hooks:
        client.meta.events.unregister("provide-client-params", recorder.call)
        client.meta.events.unregister("before-parse", recorder.answer)


class _Recorder:
    def __init__(self, service: str, client: Any, record: Record) -> None:
        self._service = service
        self._methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
        self._record = record

    def call(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self._record.calls.append((self._service, self._methods[model.name], dict(params)))

    def answer(self, operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
        self._record.answers[operation_model.name].append(response_dict["body"])


@contextmanager
def replayed(record: Record, clients: Iterable[Any]) -> Iterator[None]:
    """Answer these clients, which must not be of moto, from the record, over and over."""
    turns = {operation: cycle(answers) for operation, answers in record.answers.items()}

    def answer(request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        return AWSResponse(request.url, 200, HTTPHeaders(), _Raw(next(turns[operation])))

    hooked = list(clients)
    for client in hooked:
        client.meta.events.register("before-send", answer)
    yield
    for client in hooked:
        client.meta.events.unregister("before-send", answer)


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body
