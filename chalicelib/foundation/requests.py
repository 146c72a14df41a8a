"""What comes in over HTTP, before any route sees it: API Gateway's event made uniform, its body read strictly."""

import base64
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import quote, unquote

from .languages import Language, Text, preferred
from .problems import BodyTooLarge, Fault, InvalidInput, NotJson, UnsupportedMediaType

BODY_LIMIT: Final = 64 * 1024

_PARAMETER = re.compile(r"\{(\w+)\}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def uniform(event: Mapping[str, Any]) -> dict[str, Any]:
    """API Gateway's event with what differs between doors made alike.

    The path is the route's own with its parameters decoded once: behind a custom domain `path` carries the base path,
    API Gateway leaves parameters encoded, the local cloud decodes them, Chalice's test client fills only the context.
    """
    context = event["requestContext"]
    parameters = event.get("pathParameters") or {}

    def decoded(name: re.Match[str]) -> str:
        value = unquote(parameters.get(name[1], name[0]))
        # A slash or a line's end inside a parameter must not lead to another address than the gateway's.
        return value if value.isprintable() and "/" not in value else quote(value, safe="")

    return {
        **event,
        "path": _PARAMETER.sub(decoded, context["resourcePath"]),
        "httpMethod": context["httpMethod"],
        "headers": {name.lower(): value for name, value in (event.get("headers") or {}).items()},
        "multiValueHeaders": None,
    }


def base_path(event: Mapping[str, Any]) -> str:
    """What stands before `/v1` in the address the caller used: the stage, or a custom domain's base path."""
    path: str = event["requestContext"].get("path") or ""
    return path.partition("/v1/")[0]


def language_of(event: Mapping[str, Any]) -> Language:
    query = event.get("queryStringParameters") or event.get("multiValueQueryStringParameters") or {}
    lang = query.get("lang")
    headers = event.get("headers") or {}
    return preferred(lang[-1] if isinstance(lang, list) else lang, headers.get("accept-language"))


def with_json_body(event: dict[str, Any]) -> dict[str, Any]:
    """The same event, its body plain text known to be a JSON object of reasonable size.

    Raises:
        UnsupportedMediaType, BodyTooLarge, NotJson, InvalidInput: it is something else.
    """
    content_type = event["headers"].get("content-type") or ""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType(
            Text(
                fr="Envoyez du JSON, avec l'en-tête « Content-Type: application/json ».",
                en="Send JSON, with the header “Content-Type: application/json”.",
            )
        )
    body = _bytes(event)
    if len(body) > BODY_LIMIT:
        raise BodyTooLarge(
            Text(
                fr=f"Le corps fait {len(body)} octets; la limite est de {BODY_LIMIT}.",
                en=f"The body is {len(body)} bytes; the limit is {BODY_LIMIT}.",
            )
        )
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _not_json("Le corps n'est pas en UTF-8.", "The body is not UTF-8.") from None
    text = text.removeprefix("\ufeff")  # a mark that a reader may ignore (RFC 8259 §8.1)
    if not text.strip():
        raise _not_json("Le corps est vide.", "The body is empty.")
    if "\ufffd" in text:
        # What a gateway puts in the place of bytes that are not UTF-8: the text is spoilt, and nobody would notice.
        raise _not_json(
            "Le corps n'était pas en UTF-8 : des caractères y sont remplacés par U+FFFD.",
            "The body was not UTF-8: characters in it are replaced by U+FFFD.",
        )
    return {**event, "body": text, "isBase64Encoded": False}


def _bytes(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError:
            raise _not_json("Le corps n'est pas du base64.", "The body is not base64.") from None
    return str(body).encode(errors="surrogatepass")


def strict_json(text: str) -> dict[str, Any]:
    """A JSON object (RFC 8259), without what two readers could take two ways: repeated keys, NaN, lone surrogates.

    Raises:
        NotJson: the text is not JSON.
        InvalidInput: it is, but not an object, or a key is repeated.
    """
    repeated: list[str] = []
    escapes = _SURROGATE.search(text) is not None
    try:
        found = json.loads(
            text,
            object_pairs_hook=lambda pairs: _members(pairs, repeated, escapes=escapes),
            parse_constant=_refused_number,
            parse_float=_finite_number,
        )
        if escapes:
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _not_json(
            f"Erreur de syntaxe à la ligne {error.lineno}, colonne {error.colno}.",
            f"Syntax error at line {error.lineno}, column {error.colno}.",
        ) from None
    except UnicodeEncodeError:
        raise _not_json("Une moitié de caractère Unicode est seule.", "Half of a Unicode character is alone.") from None
    except RecursionError:
        raise _not_json("Trop de niveaux imbriqués.", "Nested too deeply.") from None
    except ValueError:
        raise _not_json("Un nombre a trop de chiffres.", "A number has too many digits.") from None
    if not isinstance(found, dict):
        raise InvalidInput([Fault((), Text(fr="Un objet JSON est attendu.", en="A JSON object is expected."))])
    if repeated:
        once = Text(fr="Champ répété; gardez-en un seul.", en="Repeated field; keep only one.")
        raise InvalidInput([Fault((name,), once) for name in repeated])
    return found


def _members(pairs: list[tuple[str, Any]], repeated: list[str], *, escapes: bool) -> dict[str, Any]:
    if escapes:
        "".join(name for name, _ in pairs).encode()  # what is repeated does not reach the check of the whole
    found = dict(pairs)
    if len(found) != len(pairs):
        repeated.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return found


def _refused_number(constant: str) -> NoReturn:
    raise _not_json(f"« {constant} » n'est pas un nombre en JSON.", f"“{constant}” is not a number in JSON.")


def _finite_number(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refused_number(digits[:20])


def _not_json(fr: str, en: str) -> NotJson:
    return NotJson(Text(fr=fr, en=en))
