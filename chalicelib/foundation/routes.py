"""Declaring a route, once, with its caller: what the seam (`http.py`) tells both frameworks."""

import inspect
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cached_property
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler.openapi.params import Query

from .problems import (
    MEDIA_TYPE,
    BodyTooLarge,
    Fault,
    Forbidden,
    InvalidInput,
    NotJson,
    Problem,
    ProblemDocument,
    UnsupportedMediaType,
)

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Auth(Enum):
    """Who may call a route, and how the gateway knows."""

    ANYONE = "anyone"
    UNIT = "unit"  # SigV4, by the role named after the `{unit}` of the path


class Route:
    """One door, as declared."""

    def __init__(
        self,
        method: str,
        path: str,
        *,
        auth: Auth,
        handler: Callable[..., Any],
        further_faults: Callable[[dict[str, Any]], list[Fault]] | None = None,
        **documented: Any,
    ) -> None:
        self.method = method
        self.path = path
        self.auth = auth
        self.handler = handler
        self.further_faults = further_faults
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

    def _route(
        self,
        method: str,
        path: str,
        *,
        auth: Auth,
        summary: str,
        status_code: int = 200,
        problems: Iterable[type[Problem]] = (),
        further_faults: Callable[[dict[str, Any]], list[Fault]] | None = None,
        security: list[dict[str, list[str]]] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare a route; the handler's docstring describes it in the document.

        Args:
            further_faults: asked about a JSON body that is not well formed, for the faults that only the package can
                tell, so that all are named at once.
        """
        told = [*problems, InvalidInput, *([Forbidden] if auth is Auth.UNIT else [])]
        if method == "POST":
            told += [NotJson, BodyTooLarge, UnsupportedMediaType]

        def declare(handler: Handler) -> Handler:
            self.routes.append(
                Route(
                    method,
                    path,
                    auth=auth,
                    handler=handler,
                    further_faults=further_faults,
                    summary=summary,
                    description=inspect.getdoc(handler),
                    status_code=status_code,
                    tags=[self.tag],
                    operation_id=handler.__name__,
                    responses=_answers(status_code, told),
                    security=[{"unit": []}] if auth is Auth.UNIT else security,
                )
            )
            return handler

        return declare


def _answers(status_code: int, problems: list[type[Problem]]) -> dict[int, Any]:
    by_status: dict[int, list[str]] = {}
    for problem in problems:
        by_status.setdefault(problem.status, []).append(f"`{problem.slug}`: {problem.title.fr} · {problem.title.en}")
    content = {MEDIA_TYPE: {"model": ProblemDocument}}
    return {status_code: {"description": "Réponse · Answer"}} | {
        status: {"description": "\n".join(by_status[status]), "content": content} for status in sorted(by_status)
    }
