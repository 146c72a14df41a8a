"""What the OpenAPI document says beyond what the resolver reads in the handlers' signatures.

The answers that the gateway makes, headers of answers, links, and examples in both languages. Examples are kept in
`examples/`, out of what a function imports: a file per operation, named by its `operationId`, with

- `body`: what is sent, in French and in English;
- `answers`: by status, and a media type where there are several (`200 application/geo+json`), examples by name
  (problems need none: they are made from their class);
- `links`: by status, what to do next (OpenAPI's Link objects);

and `problems.json`, where the problems that say something else each time are told, by their slug.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from .languages import Language, Text
from .problems import MEDIA_TYPE, TYPE_PREFIX, Forbidden, InvalidInput, Problem, Unexpected
from .routes import WITH_BODY, Auth, Route

EXAMPLES: Final = Path(__file__).parent / "examples"

_LANGUAGE: Final = [
    {
        "name": "lang",
        "in": "query",
        "description": "Langue des messages : « en », sinon le français. · Language of messages: “en”, else French.",
        "schema": {"type": "string", "examples": ["fr", "en"]},
    },
    {
        "name": "Accept-Language",
        "in": "header",
        "description": "Langue des messages, si `lang` est absent. · Language of messages, where `lang` is absent.",
        "schema": {"type": "string", "examples": ["fr-CA", "en-CA"]},
    },
]
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "description": "Le `ETag` reçu : 304 s'il n'y a rien de nouveau. · The `ETag` received: 304 if nothing is new.",
    "schema": {"type": "string", "examples": ['"53c8ac437d1f8698beeaf4aaa2443b05"']},
}
_HEADERS: Final[dict[str, tuple[Text, dict[str, Any]]]] = {
    "Content-Language": (
        Text(fr="Langue des messages.", en="Language of messages."),
        {"type": "string", "enum": ["fr", "en"]},
    ),
    "Vary": (
        Text(fr="Ce dont la réponse dépend.", en="What the answer depends on."),
        {"type": "string", "examples": ["Origin, Accept-Language"]},
    ),
    "Cache-Control": (
        Text(fr="Si la réponse peut être gardée.", en="Whether the answer may be kept."),
        {"type": "string", "examples": ["no-store"]},
    ),
    "ETag": (
        Text(fr="Pour demander plus tard s'il y a du nouveau.", en="To ask later whether there is news."),
        {"type": "string", "examples": ['"53c8ac437d1f8698beeaf4aaa2443b05"']},
    ),
    "Location": (
        Text(fr="Adresse de ce qui a été créé.", en="Address of what was created."),
        {"type": "string", "format": "uri-reference", "examples": ["/v1/service-requests/7K3Q9XPTM3"]},
    ),
    "Retry-After": (
        Text(fr="Secondes à attendre avant de réessayer.", en="Seconds to wait before trying again."),
        {"type": "integer", "minimum": 0, "examples": [2]},
    ),
    "WWW-Authenticate": (
        Text(fr="Comment s'identifier.", en="How to sign in."),
        {"type": "string", "examples": ["Bearer"]},
    ),
}
_ALWAYS: Final = ("Content-Language", "Vary", "Cache-Control")
_BY_STATUS: Final = {"201": ["Location"], "401": ["WWW-Authenticate"], "503": ["Retry-After"]}


# What the gateway answers by itself (infra/app.yaml), in both languages since it cannot choose.
GATEWAYS_OWN: Final[dict[str, dict[str, Any]]] = {
    "THROTTLED": {
        "type": TYPE_PREFIX + "busy",
        "title": "Réessayez dans un instant · Try again in a moment",
        "detail": "Le service est très sollicité. · The service is very busy.",
        "status": 429,
    },
    "MISSING_AUTHENTICATION_TOKEN": {
        "type": TYPE_PREFIX + "no-such-path",
        "title": "Adresse inconnue · No such address",
        "detail": "Rien à cette adresse par cette méthode, ou rien sans signature; toutes les adresses sont décrites à "
        "/v1/docs. · Nothing at this address by this method, or nothing unsigned; all addresses are described at "
        "/v1/docs.",
        "status": 404,
    },
}


def completed(found: dict[str, Any], routes: Iterable[Route]) -> dict[str, Any]:
    """The document `found` by the resolver, with all of it. Changes `found`."""
    components = found["components"]
    components["headers"] = {
        name: {"description": f"{text.fr} · {text.en}", "schema": schema} for name, (text, schema) in _HEADERS.items()
    }
    components["examples"] = _named(_read("shared"))
    tags: dict[str, str] = {}
    for route in routes:
        operation = found["paths"].get(route.path, {}).get(route.method.lower())
        if operation is None:
            continue
        operation["tags"] = [_tag(tag, tags) for tag in operation["tags"]]
        own = [_parameter(each) for each in operation.get("parameters", [])]
        operation["parameters"] = own + _LANGUAGE + ([_IF_NONE_MATCH] if route.cached_by else [])
        _complete_answers(operation, route, components["examples"])
        _add_examples(operation)
    found["tags"] = [{"name": name, "description": description} for name, description in tags.items()]
    return found


def _tag(bilingual: str, tags: dict[str, str]) -> str:
    """A short name, of which generators make the names of packages; the description has both languages."""
    name = bilingual.rpartition(" · ")[2]
    tags[name] = bilingual
    return name


def _parameter(found: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may lack, rather than one that may be null: nothing in an address or a header is null."""
    schema = found["schema"]
    present = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if len(present) == 1:
        schema = {name: value for name, value in schema.items() if name != "anyOf"} | present[0]
    name = found["name"].title() if found["in"] == "header" else found["name"]
    return found | {"name": name, "schema": schema}


def _complete_answers(operation: dict[str, Any], route: Route, examples: dict[str, Any]) -> None:
    problems: dict[str, list[type[Problem]]] = {}
    every: list[type[Problem]] = [*route.problems, Unexpected]
    for problem in every:
        problems.setdefault(str(problem.status), []).append(problem)
    answers = operation["responses"]
    answers["500"] = _answer(f"`{Unexpected.slug}`: {Unexpected.title.fr} · {Unexpected.title.en}")
    for status, answer in answers.items():
        if status in ("204", "304"):
            answer.pop("content")  # the resolver gives them one
        names = (*_ALWAYS, *_BY_STATUS.get(status, ()), *(["ETag"] if route.cached_by and status < "400" else []))
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        if status in problems:
            told = [name for each in problems[status] for name in _told(each, route, examples)]
            answer["content"][MEDIA_TYPE]["examples"] = _references(told)
    for name in ("THROTTLED", *(["MISSING_AUTHENTICATION_TOKEN"] if route.auth is Auth.UNIT else [])):
        _add_gateways_own(answers, GATEWAYS_OWN[name], examples)
    operation["responses"] = dict(sorted(answers.items()))


def _add_gateways_own(answers: dict[str, Any], told: dict[str, Any], examples: dict[str, Any]) -> None:
    slug, status = told["type"].removeprefix(TYPE_PREFIX), str(told["status"])
    line = f"`{slug}`: {told['title']}"
    answer = answers.setdefault(status, _answer(line))
    if line not in answer["description"]:
        answer["description"] += f"\n{line}"
    content = answer["content"][MEDIA_TYPE]
    content["examples"] = content.get("examples", {}) | _references([f"gateway-{slug}"])
    examples[f"gateway-{slug}"] = {"summary": told["title"], "value": told}


def _answer(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _references(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/examples/{name}"} for name in names}


def _told(problem: type[Problem], route: Route, examples: dict[str, Any]) -> list[str]:
    """The names of a problem's examples, which are added to `examples`."""
    key = problem.slug
    if problem is InvalidInput and route.method not in WITH_BODY:
        key += "-query"
    if problem is Forbidden and route.auth is Auth.AGENT:
        key += "-agent"
    names = []
    for language in Language:
        if document := _document(problem, key, language):
            name = f"{key}-{language.value}"
            examples[name] = {"summary": problem.title.in_(language), "value": document}
            names.append(name)
    return names


def _document(problem: type[Problem], key: str, language: Language) -> dict[str, Any] | None:
    told = _read("problems").get(key)
    if told is None:
        return _always_alike(problem, language)
    fixed = {"type": TYPE_PREFIX + problem.slug, "title": problem.title.in_(language), "status": problem.status}
    return {**fixed, **told[language.value]}


def _always_alike(problem: type[Problem], language: Language) -> dict[str, Any] | None:
    """What a problem says, if it says the same each time."""
    try:
        return problem().document(language)  # type: ignore[call-arg]
    except TypeError:  # what it says depends; a test asks for a line in `problems.json`
        return None


def _add_examples(operation: dict[str, Any]) -> None:
    kept = _read(operation["operationId"])
    if "body" in kept:
        operation["requestBody"]["content"]["application/json"]["examples"] = _named(kept["body"])
    for answer, examples in kept.get("answers", {}).items():
        status, _, media_type = answer.partition(" ")
        content = operation["responses"][status]["content"]
        shown = content[media_type or next(iter(content))]
        shown["examples"] = shown.get("examples", {}) | _named(examples)
    for status, links in kept.get("links", {}).items():
        operation["responses"][status]["links"] = links


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"$ref": f"#/components/examples/{value}"} if isinstance(value, str) else {"value": value}
        for name, value in values.items()
    }


@cache
def _read(name: str) -> dict[str, Any]:
    file = EXAMPLES / f"{name}.json"
    found: dict[str, Any] = json.loads(file.read_bytes()) if file.exists() else {}
    return found
