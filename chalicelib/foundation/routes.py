"""Declaring a route, once, with its caller: what the seam (`http.py`) tells both frameworks."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cached_property
from typing import Any, Final, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from .problems import (
    MEDIA_TYPE,
    BodyTooLarge,
    Forbidden,
    InvalidInput,
    NotJson,
    Problem,
    ProblemDocument,
    Unauthorized,
    UnsupportedMediaType,
)

Handler = TypeVar("Handler", bound=Callable[..., Any])

WITH_BODY: Final = frozenset({"POST", "PUT"})


class Auth(Enum):
    """Who may call a route, and how the gateway knows."""

    ANYONE = "anyone"
    UNIT = "unit"  # SigV4, by the role named after the `{unit}` of the path
    AGENT = "agent"  # an ID token of the staff's user pool; the handler takes a `callers.Caller`


class Route:
    """One door, as declared."""

    def __init__(
        self,
        method: str,
        path: str,
        *,
        auth: Auth,
        handler: Callable[..., Any],
        further_check: Callable[[dict[str, Any]], None] | None = None,
        problems: Iterable[type[Problem]] = (),
        cached_by: Callable[[], str] | None = None,
        **documented: Any,
    ) -> None:
        self.method = method
        self.path = path
        self.auth = auth
        self.handler = handler
        self.further_check = further_check
        self.problems = tuple(problems)
        self.cached_by = cached_by
        self.documented = documented

    @cached_property
    def query_parameters(self) -> set[str]:
        """Names of the query parameters that the handler takes."""
        found = set()
        for name, annotation in inspect.get_annotations(self.handler, eval_str=True).items():
            marks = getattr(annotation, "__metadata__", ())
            found |= {mark.alias or name for mark in marks if isinstance(mark, Query)}
        return found


class Router:
    """The routes of a package."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.routes: list[Route] = []

    def get(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._route("GET", path, **declared)

    def post(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._route("POST", path, **declared)

    def put(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._route("PUT", path, **declared)

    def delete(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        return self._route("DELETE", path, **declared)

    def _route(
        self,
        method: str,
        path: str,
        *,
        auth: Auth,
        summary: str,
        status_code: int = 200,
        problems: Iterable[type[Problem]] = (),
        further_check: Callable[[dict[str, Any]], None] | None = None,
        security: list[dict[str, list[str]]] | None = None,
        cached_by: Callable[[], str] | None = None,
        answers: Mapping[str, type[BaseModel]] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a route; the handler's docstring describes it in the document.

        Args:
            further_check: given a JSON body that is not well formed, or without a body such a query, raises
                InvalidInput for what only the package can tell, so that all is named at once.
            cached_by: the answer is the same for everybody and may be kept (`freshness.py`), as long as this is the
                same; for a route without parameters in its query.
            answers: the media types that it answers in, where that is not JSON alone.
        """
        told = [*problems, *_REFUSALS[auth], InvalidInput]
        if method in WITH_BODY:
            told += [NotJson, BodyTooLarge, UnsupportedMediaType]

        def declare(handler: Handler) -> Handler:
            self.routes.append(
                Route(
                    method,
                    path,
                    auth=auth,
                    handler=handler,
                    further_check=further_check,
                    problems=told,
                    cached_by=cached_by,
                    summary=summary,
                    description=inspect.getdoc(handler),
                    status_code=status_code,
                    tags=[self.tag],
                    operation_id=handler.__name__,
                    responses=_answers(status_code, told, answers, kept=cached_by is not None),
                    security=security if auth is Auth.ANYONE else [{auth.value: []}],
                )
            )
            return handler

        return declare


_REFUSALS: Final[dict[Auth, list[type[Problem]]]] = {
    Auth.ANYONE: [],
    Auth.UNIT: [Forbidden],
    Auth.AGENT: [Unauthorized, Forbidden],
}


def _answers(
    status_code: int, problems: list[type[Problem]], models: Mapping[str, type[BaseModel]] | None, *, kept: bool
) -> dict[int, Any]:
    by_status: dict[int, list[str]] = {}
    for problem in problems:
        by_status.setdefault(problem.status, []).append(f"`{problem.slug}`: {problem.title.fr} · {problem.title.en}")
    content = {MEDIA_TYPE: {"model": ProblemDocument}}
    answers = {status_code: "Réponse · Answer"} | ({304: "Rien de nouveau · Nothing new"} if kept else {})
    documented: dict[int, Any] = {status: {"description": description} for status, description in answers.items()}
    if models:
        documented[status_code]["content"] = {media_type: {"model": model} for media_type, model in models.items()}
    return documented | {
        status: {"description": "\n".join(by_status[status]), "content": content} for status in sorted(by_status)
    }
