"""The API's own description: the OpenAPI 3.1 document and the pages that show it, assets from the package."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from .http import Guichet
from .requests import base_path
from .routes import Auth, Route

TITLE: Final = "Guichet"
VERSION: Final = "1.0.0"
DESCRIPTION: Final = """\
Le guichet unique de la ville : demander un service, suivre sa demande, la traiter.
· The city's single counter: ask for a service, follow the request, do the work.

Les textes d'erreur sont en français, ou en anglais avec `?lang=en` ou `Accept-Language: en`; les libellés sont donnés
dans les deux langues.
· Error texts are in French, or in English with `?lang=en` or `Accept-Language: en`; labels are given in both languages.

Une réponse peut gagner des champs, et une liste de valeurs (un statut, par exemple) des valeurs : ignorez ce que vous
ne connaissez pas. Le reste ne change qu'avec un nouveau numéro majeur de version.
· An answer may gain members, and a list of values (a status, for instance) values: ignore those you do not know.
Nothing else changes but with a new major version.
"""
_SECURITY: Final[dict[str, Any]] = {
    "trackingToken": {
        "type": "apiKey",
        "in": "header",
        "name": "Tracking-Token",
        "description": "Le jeton de suivi reçu à l'envoi · The tracking token received on submission.",
    },
    "unit": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "AWS Signature Version 4 (service `execute-api`), par le rôle de l'unité · by the unit's role.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "agent": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Le jeton d'identité de l'agent · The agent's ID token.",
    },
}


def open_documentation(app: Guichet) -> None:
    """Serve `GET /v1/openapi.json` and `GET /v1/docs` for the routes of `app`. Built on first use, not at import."""

    @cache
    def document(base: str) -> dict[str, Any]:
        return openapi(app, base)

    def here() -> dict[str, Any]:
        return document(base_path(app.resolver.current_event.raw_event) or "/")

    def openapi_document() -> Response[str]:
        return Response(200, "application/json", json.dumps(here(), ensure_ascii=False))

    # The link under the page's title asks for `?format=json`.
    def docs(format: Annotated[Literal["json"] | None, Query()] = None) -> Response[str]:  # noqa: A002
        return openapi_document() if format else Response(200, "text/html; charset=utf-8", _page(here()))

    for path, handler in (("/v1/openapi.json", openapi_document), ("/v1/docs", docs)):
        # The page has a parameter in its query.
        cached_by = (lambda: VERSION) if handler is openapi_document else None
        app.open(Route("GET", path, auth=Auth.ANYONE, handler=handler, cached_by=cached_by, include_in_schema=False))


def openapi(app: Guichet, base: str = "/") -> dict[str, Any]:
    """The OpenAPI 3.1 document, the API being served under `base`."""
    from aws_lambda_powertools.event_handler.openapi.models import APIKey, HTTPBearer, Server

    from .document import completed

    kinds: dict[str, Any] = {"apiKey": APIKey, "http": HTTPBearer}
    schemes: dict[str, Any] = {name: kinds[scheme["type"]].model_validate(scheme) for name, scheme in _SECURITY.items()}
    text = app.resolver.get_openapi_json_schema(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        servers=[Server(url=base)],
        security_schemes=schemes,
    )
    return completed(_tidied(json.loads(text), [route.path for route in app.doors]), app.doors)


def _tidied(found: dict[str, Any], order: list[str]) -> dict[str, Any]:
    """The document in the order of the declarations, without what the resolver adds for problems that are not ours."""
    found["paths"] = dict(sorted(found["paths"].items(), key=lambda path: order.index(path[0])))
    for unused in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        found["components"]["schemas"].pop(unused, None)
    return found


def _page(found: dict[str, Any]) -> str:
    from aws_lambda_powertools.event_handler.openapi import swagger_ui

    assets = Path(swagger_ui.__file__).parent
    script = (assets / "swagger-ui-bundle.min.js").read_text()
    style = (assets / "swagger-ui.min.css").read_text()
    # "</script>" inside the document would end the page's script.
    spec = json.dumps(found, ensure_ascii=False).replace("</", "<\\/")
    return swagger_ui.generate_swagger_html(spec, script, style, "", None)
