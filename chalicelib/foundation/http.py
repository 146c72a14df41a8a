"""The seam between the two frameworks: a route is declared once, with its caller, and both know it.

Chalice owns what the cloud sees (routes, authorizers, packaging); Powertools' resolver owns the request (validation,
the OpenAPI document). A handler is a typed function that knows neither. `docs/decisions/0001` says why.
"""

import json
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Final, NoReturn, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from chalice.app import Authorizer, Chalice, CognitoUserPoolAuthorizer, IAMAuthorizer

from . import aws, callers, freshness, log, wording
from .languages import Text
from .problems import (
    MEDIA_TYPE,
    Busy,
    Fault,
    Forbidden,
    InvalidInput,
    NoSuchPath,
    Problem,
    Unexpected,
    together,
)
from .requests import base_path, language_of, strict_json, uniform, with_json_body
from .routes import WITH_BODY, Auth, Route, Router
from .settings import settings

Content = TypeVar("Content")
_as_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

REQUEST_HEADERS: Final = [
    *("Accept-Language", "Authorization", "Content-Type"),
    *("Idempotency-Key", "If-None-Match", "Tracking-Token"),
]
RESPONSE_HEADERS: Final = ["Content-Language", "ETag", "Location", "Retry-After"]
MOST_FAULTS_TOLD: Final = 100


def created(content: Content, *, location: str) -> Response[Content]:
    return Response(status_code=201, content_type="application/json", body=content, headers={"Location": location})


class Guichet(Chalice):
    """The Chalice app whose HTTP function answers through the resolver."""

    def __init__(self, app_name: str, routers: Iterable[Router]) -> None:
        super().__init__(app_name, configure_logs=False)
        self.doors: list[Route] = []
        self._by_key: dict[tuple[str, str], Route] = {}
        self._declared: set[tuple[str, str]] = set()
        self._tags: dict[tuple[str, ...], str] = {}
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

        # Not a method: on a function the resolver notes what its signature asks for, a method it reads at each request.
        def refuse_unknown_parameters(_: Any, next_middleware: Callable[..., Response[Any]]) -> Response[Any]:
            self._refuse_unknown_parameters()
            return next_middleware(resolver)

        resolver.use([refuse_unknown_parameters])
        resolver.not_found(lambda _: self._problem_answer(NoSuchPath(_NOTHING_HERE)))
        for route in self.doors:
            rule = route.path.replace("{", "<").replace("}", ">")
            resolver.route(rule, route.method, **route.documented)(route.handler)
        return resolver

    def open(self, route: Route) -> None:
        """Add a door, and tell Chalice of it."""
        self.doors.append(route)
        self._by_key[route.method, route.path] = route
        self._declare(route.method, route.path, _AUTHORIZERS[route.auth])
        if route.auth is not Auth.UNIT and ("OPTIONS", route.path) not in self._declared:
            # Chalice's own preflight answers one origin; the resolver answers several.
            self._declare("OPTIONS", route.path, None)

    def _declare(self, method: str, path: str, authorizer: Authorizer | None) -> None:
        self._declared.add((method, path))
        self.route(path, methods=[method], authorizer=authorizer)(_never_dispatched)

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one HTTP request."""
        event = uniform(event)
        route = self._by_key.get(_key(event))
        with log.line("http", method=event["httpMethod"], route=event["requestContext"]["resourcePath"]) as line:
            answer = self._answer(event, context, route)
            line["status"] = answer["statusCode"]
            if route and route.auth is Auth.AGENT:
                line["agent"] = callers.id_of_agent(event)  # who read or did what, by an id that names nobody
        return answer

    def _answer(self, event: dict[str, Any], context: Any, route: Route | None) -> dict[str, Any]:
        try:
            _check_door(route, event)
            if event["httpMethod"] in WITH_BODY:
                event = with_json_body(event)
            answer = self._resolved(route, event, context)
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
            "Vary": [", ".join(["Origin, Accept-Language, Authorization, Tracking-Token", *headers.get("Vary", [])])],
        }
        # An answer depends on who asks and how, and may be private: unless a route says otherwise no cache keeps it.
        headers.setdefault("Cache-Control", ["no-store"])
        if answer["statusCode"] in (204, 304):
            answer["body"] = ""
            headers.pop("Content-Type", None)
        if location := headers.get("Location"):
            headers["Location"] = [base_path(event) + path for path in location]
        return answer | {"headers": {}}  # Chalice's test client wants the key

    def _resolved(self, route: Route | None, event: dict[str, Any], context: Any) -> dict[str, Any]:
        if route is None or route.cached_by is None or _unknown_parameters(route, event):
            return self.resolver.resolve(event, context)
        # What an answer that is the same for everybody depends on. Only what was found is noted: these are few.
        same = (route.cached_by(), base_path(event), event["path"], language_of(event).value)
        told = event["headers"].get("if-none-match")
        if freshness.is_kept(self._tags.get(same), told):  # without making the answer again
            cors = self._cors.to_dict(event["headers"].get("origin"))
            headers = {name: [value] for name, value in cors.items()}
            answer: dict[str, Any] = {"statusCode": 304, "isBase64Encoded": False, "multiValueHeaders": headers}
        else:
            answer = self.resolver.resolve(event, context)
            if answer["statusCode"] != 200:
                return answer
            self._tags[same] = freshness.tag_of(answer["body"])
            if freshness.is_kept(self._tags[same], told):
                answer["statusCode"] = 304
        answer["multiValueHeaders"] |= {"ETag": [self._tags[same]], "Cache-Control": [freshness.KEPT_FOR]}
        return answer

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
                return self._refusal(wording.faults(error.errors(), part=None))
        if aws.is_passing(error):
            log.warning("AWS was slow or throttled", error=aws.name_of(error))
            return Busy()
        log.failure(error)
        return Unexpected()

    def _refusal(self, faults: list[Fault]) -> InvalidInput:
        """What is wrong in the request at hand: these, unknown parameters, and what the route's package tells."""
        event = self.resolver.current_event
        route = self._by_key[_key(event.raw_event)]
        faults = faults + _unknown_parameters(route, event.raw_event)
        refusal = InvalidInput(faults)
        if route.further_check:
            try:
                route.further_check(event.json_body if route.method in WITH_BODY else event.query_string_parameters)
            except InvalidInput as further:
                # With what it says beside the faults: how far out a place is, whom to call.
                refusal = further
                refusal.faults = together(faults, further.faults)
        refusal.faults = refusal.faults[:MOST_FAULTS_TOLD]
        return refusal

    def _refuse_unknown_parameters(self) -> None:
        event = self.resolver.current_event.raw_event
        route = self._by_key.get(_key(event))
        if route and _unknown_parameters(route, event):
            raise self._refusal([])


_AUTHORIZERS: Final[dict[Auth, Authorizer | None]] = {
    Auth.ANYONE: None,
    Auth.UNIT: IAMAuthorizer(),
    # The pool's ARN is put in when packaged (`infra/app.yaml`).
    Auth.AGENT: CognitoUserPoolAuthorizer("staff", provider_arns=["staff"]),
}
_NOTHING_HERE: Final = Text(
    fr="Rien à cette adresse; toutes les adresses sont décrites à /v1/docs.",
    en="Nothing at this address; all addresses are described at /v1/docs.",
)


def _key(event: dict[str, Any]) -> tuple[str, str]:
    return event["httpMethod"], event["requestContext"]["resourcePath"]


def _check_door(route: Route | None, event: dict[str, Any]) -> None:
    """The gateway knows the routes, and has verified signature, role or token; here again, and what it does not."""
    if route is None and event["httpMethod"] != "OPTIONS":
        raise NoSuchPath(_NOTHING_HERE)
    if route and route.auth is Auth.UNIT:
        _check_unit(event)
    if route and route.auth is Auth.AGENT:
        callers.agent_of(event)  # before anything is said of what was sent


def _check_unit(event: dict[str, Any]) -> None:
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
    if not given:
        return []
    known = {*route.query_parameters, "lang"}
    names = ", ".join(sorted(known))
    detail = Text(
        fr=f"Paramètre inconnu; cette adresse connaît : {names}.", en=f"Unknown parameter; this address knows: {names}."
    )
    return [Fault((name,), detail, "query") for name in given if name not in known][:MOST_FAULTS_TOLD]


def _never_dispatched(**_: Any) -> NoReturn:
    raise AssertionError("API events go to the resolver")
