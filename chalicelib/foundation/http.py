"""The seam between the two frameworks: a route is declared once, with its caller, and both know it.

Chalice owns what the cloud sees (routes, authorizers, packaging); Powertools' resolver owns the request (validation,
the OpenAPI document). A handler is a typed function that knows neither. `docs/decisions/0001` says why.
"""

import inspect
import json
from collections.abc import Callable, Iterable
from enum import Enum
from functools import cached_property
from typing import Any, Final, NoReturn, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from chalice.app import Chalice, IAMAuthorizer

from . import aws, log, wording
from .languages import Text
from .problems import (
    MEDIA_TYPE,
    BodyTooLarge,
    Busy,
    Fault,
    Forbidden,
    InvalidInput,
    NoSuchPath,
    NotJson,
    Problem,
    ProblemDocument,
    Unexpected,
    UnsupportedMediaType,
)
from .requests import base_path, language_of, strict_json, uniform, with_json_body
from .settings import settings

Handler = TypeVar("Handler", bound=Callable[..., Any])
Content = TypeVar("Content")

REQUEST_HEADERS: Final = ["Accept-Language", "Content-Type", "Idempotency-Key", "Tracking-Token"]
RESPONSE_HEADERS: Final = ["Content-Language", "Location", "Retry-After"]
MOST_FAULTS_TOLD: Final = 100


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


def created(content: Content, *, location: str) -> Response[Content]:
    return Response(status_code=201, content_type="application/json", body=content, headers={"Location": location})


def _answers(status_code: int, problems: list[type[Problem]]) -> dict[int, Any]:
    by_status: dict[int, list[str]] = {}
    for problem in problems:
        by_status.setdefault(problem.status, []).append(f"`{problem.slug}`: {problem.title.fr} · {problem.title.en}")
    content = {MEDIA_TYPE: {"model": ProblemDocument}}
    return {status_code: {"description": "Réponse · Answer"}} | {
        status: {"description": "\n".join(by_status[status]), "content": content} for status in sorted(by_status)
    }


class Guichet(Chalice):
    """The Chalice app whose HTTP function answers through the resolver."""

    def __init__(self, app_name: str, routers: Iterable[Router]) -> None:
        super().__init__(app_name, configure_logs=False)
        self.doors: list[Route] = []
        self._by_key: dict[tuple[str, str], Route] = {}
        self._declared: set[tuple[str, str]] = set()
        for router in routers:
            for route in router.routes:
                self.open(route)

    @cached_property
    def _cors(self) -> CORSConfig:
        first, *others = settings().origins
        return CORSConfig(first, others, REQUEST_HEADERS, RESPONSE_HEADERS, max_age=86400)

    @cached_property
    def resolver(self) -> APIGatewayRestResolver:
        """Made at the first request: the other functions import the app too, and need neither it nor its settings."""
        resolver = APIGatewayRestResolver(
            cors=self._cors, enable_validation=True, json_body_deserializer=strict_json, serializer=_as_json
        )
        resolver.exception_handler([Problem, RequestValidationError, Exception])(self._problem_answer)
        resolver.use([self._refuse_unknown_parameters])
        resolver.not_found(lambda _: self._problem_answer(NoSuchPath(_NOTHING_HERE)))
        for route in self.doors:
            rule = route.path.replace("{", "<").replace("}", ">")
            resolver.route(rule, route.method, **route.documented)(route.handler)
        return resolver

    def open(self, route: Route) -> None:
        """Add a door, and tell Chalice of it."""
        self.doors.append(route)
        self._by_key[route.method, route.path] = route
        by_unit = route.auth is Auth.UNIT
        self._declare(route.method, route.path, IAMAuthorizer() if by_unit else None)
        if not by_unit and ("OPTIONS", route.path) not in self._declared:
            # Chalice's own preflight answers one origin; the resolver answers several.
            self._declare("OPTIONS", route.path, None)

    def _declare(self, method: str, path: str, authorizer: IAMAuthorizer | None) -> None:
        self._declared.add((method, path))
        self.route(path, methods=[method], authorizer=authorizer)(_never_dispatched)

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one HTTP request."""
        event = uniform(event)
        route = self._by_key.get(_key(event))
        with log.line("http", method=event["httpMethod"], route=event["requestContext"]["resourcePath"]) as line:
            answer = self._answer(event, context, route)
            line["status"] = answer["statusCode"]
        return answer

    def _answer(self, event: dict[str, Any], context: Any, route: Route | None) -> dict[str, Any]:
        try:
            if route:
                _check_caller(route, event)
                if route.method == "POST":
                    event = with_json_body(event)
            answer = self.resolver.resolve(event, context)
        except Exception as error:
            # Also what failed in telling a failure: left raw, it would be a 502 without CORS, logged with its message.
            problem = self._as_problem(error)
            cors = self._cors.to_dict(event["headers"].get("origin"))
            headers = {"Content-Type": MEDIA_TYPE} | problem.headers | cors
            answer = {
                "statusCode": problem.status,
                "body": _as_json(problem.document(language_of(event))),
                "isBase64Encoded": False,
                "multiValueHeaders": {name: [value] for name, value in headers.items()},
            }
        headers = answer["multiValueHeaders"]
        headers |= {
            "Content-Language": [language_of(event).value],
            # An answer depends on who asks and how, and may be private: no cache keeps it.
            "Vary": ["Origin, Accept-Language, Tracking-Token"],
            "Cache-Control": ["no-store"],
        }
        if location := headers.get("Location"):
            headers["Location"] = [base_path(event) + path for path in location]
        return answer | {"headers": {}}  # Chalice's test client wants the key

    def _problem_answer(self, error: Exception) -> Response[str]:
        problem = self._as_problem(error)
        document = problem.document(language_of(self.resolver.current_event.raw_event))
        return Response(problem.status, MEDIA_TYPE, _as_json(document), problem.headers)

    def _as_problem(self, error: Exception) -> Problem:
        match error:
            case Problem():
                return error
            # The resolver says it of an answer of ours, too, that does not fit its model.
            case RequestValidationError() if error.errors()[0]["loc"][0] != "response":
                return InvalidInput(self._all_faults(error)[:MOST_FAULTS_TOLD])
        if aws.is_passing(error):
            log.warning("AWS was slow or throttled", error=aws.name_of(error))
            return Busy()
        log.failure(error)
        return Unexpected()

    def _all_faults(self, error: RequestValidationError) -> list[Fault]:
        event = self.resolver.current_event
        route = self._by_key[_key(event.raw_event)]
        faults = wording.faults(error.errors(), part=None) + _unknown_parameters(route, event.raw_event)
        told = {fault.where for fault in faults}
        return faults + [fault for fault in self._further_faults(route) if fault.where not in told]

    def _further_faults(self, route: Route) -> list[Fault]:
        return route.further_faults(self.resolver.current_event.json_body) if route.further_faults else []

    def _refuse_unknown_parameters(
        self, app: APIGatewayRestResolver, next_middleware: Callable[..., Response[Any]]
    ) -> Response[Any]:
        route = self._by_key.get(_key(app.current_event.raw_event))
        if route and (faults := _unknown_parameters(route, app.current_event.raw_event)):
            raise InvalidInput(faults + self._further_faults(route))
        return next_middleware(app)


_NOTHING_HERE: Final = Text(
    fr="Rien à cette adresse; toutes les adresses sont décrites à /v1/docs.",
    en="Nothing at this address; all addresses are described at /v1/docs.",
)


def _key(event: dict[str, Any]) -> tuple[str, str]:
    return event["httpMethod"], event["requestContext"]["resourcePath"]


def _as_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _check_caller(route: Route, event: dict[str, Any]) -> None:
    """The gateway has checked the signature and the role's policy; here again, that the path is the caller's own."""
    if route.auth is not Auth.UNIT:
        return
    unit = (event.get("pathParameters") or {}).get("unit", "")
    # arn:aws:sts::<account>:assumed-role/<role>/<session>
    arn = (event["requestContext"].get("identity") or {}).get("userArn") or ""
    _, assumed, role_and_session = arn.partition(":assumed-role/")
    if not assumed or role_and_session.split("/")[0] != settings().unit_role_prefix + unit:
        raise Forbidden(
            Text(
                fr="Seul le rôle de cette unité a accès à cette adresse.",
                en="Only this unit's own role has access to this address.",
            )
        )


def _unknown_parameters(route: Route, event: dict[str, Any]) -> list[Fault]:
    given = (event.get("multiValueQueryStringParameters") or {}) | (event.get("queryStringParameters") or {})
    known = {*route.query_parameters, "lang"}
    names = ", ".join(sorted(known))
    detail = Text(
        fr=f"Paramètre inconnu; cette adresse connaît : {names}.", en=f"Unknown parameter; this address knows: {names}."
    )
    return [Fault((name,), detail, "query") for name in given if name not in known][:MOST_FAULTS_TOLD]


def _never_dispatched(**_: Any) -> NoReturn:
    raise AssertionError("API events go to the resolver")
