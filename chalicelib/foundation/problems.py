"""Problems: what a caller is told when something cannot be done (RFC 9457, `application/problem+json`)."""

from typing import Any, ClassVar, Final, NamedTuple
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from .languages import Language, Text

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:guichet:problem:"


class Fault(NamedTuple):
    """One thing wrong in what was sent: where (path of keys inside its part), and how to mend it."""

    where: tuple[str | int, ...]
    detail: Text
    part: str = "body"

    def inside(self, *outer: str | int) -> "Fault":
        return self._replace(where=(*outer, *self.where))


def together(told: list[Fault], further: list[Fault]) -> list[Fault]:
    """Both, but for further faults at a place of which something was told already."""
    places = {fault.where for fault in told}
    return told + [fault for fault in further if fault.where not in places]


def refusal(faults: list[Fault]) -> PydanticCustomError:
    """For a validator that finds several faults of its own: raise what this returns, and each is told at its place."""
    return PydanticCustomError("faults", "several faults", {"faults": faults})


class Problem(Exception):
    """Base of every refusal. Subclasses say what, in both languages; instances say which.

    `extensions` are further members of the problem document: never anything personal.
    """

    status: ClassVar[int]
    slug: ClassVar[str]
    title: ClassVar[Text]

    def __init__(
        self,
        detail: Text,
        *,
        faults: list[Fault] | None = None,
        headers: dict[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(detail.en)
        self.detail = detail
        self.faults = faults or []
        self.headers = headers or {}
        self.extensions = extensions

    def document(self, language: Language) -> dict[str, Any]:
        """The problem document in one language."""
        members: dict[str, Any] = {
            "type": TYPE_PREFIX + self.slug,
            "title": self.title.in_(language),
            "status": self.status,
            "detail": self.detail.in_(language),
        }
        if self.faults:
            members["errors"] = [
                {"in": fault.part, "pointer": pointer(fault.where), "detail": fault.detail.in_(language)}
                for fault in self.faults
            ]
        return members | self.extensions


def pointer(where: tuple[str | int, ...]) -> str:
    """A JSON pointer as a URI fragment (RFC 6901 §6), `#/location/lat`."""
    return "#" + "".join("/" + quote(str(key).replace("~", "~0").replace("/", "~1"), safe="~") for key in where)


class ErrorDocument(BaseModel):
    """One fault of the input."""

    model_config = ConfigDict(title="Fault")

    in_: str = Field(
        alias="in", description="Part of the HTTP request: body, query, path or header.", examples=["body"]
    )
    pointer: str = Field(description="Where in that part, as a JSON pointer.", examples=["#/location/lat"])
    detail: str = Field(examples=["La latitude va de -90 à 90."])


class ProblemDocument(BaseModel):
    """What went wrong (RFC 9457), in the caller's language. `type` is stable; texts may change."""

    model_config = ConfigDict(title="Problem", extra="allow")

    type: str = Field(examples=["urn:guichet:problem:invalid-input"])
    title: str = Field(examples=["Des renseignements sont à corriger"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["Corrigez ce qui suit, puis envoyez de nouveau; rien n'a été enregistré."])
    errors: list[ErrorDocument] | None = Field(None, description="Everything wrong in the input, at once.")


_SEND_AGAIN: Final = Text(
    fr="Corrigez ce que nomme « errors », puis envoyez de nouveau. Rien n'a été enregistré.",
    en="Correct what “errors” names, then send again. Nothing was stored.",
)
_ASK_AGAIN: Final = Text(
    fr="Corrigez ce que nomme « errors », puis demandez de nouveau.", en="Correct what “errors” names, then ask again."
)


class InvalidInput(Problem):
    """What was sent does not fit; `errors` names every fault."""

    status = 422
    slug = "invalid-input"
    title = Text(fr="Des renseignements sont à corriger", en="Some information needs correcting")

    def __init__(self, faults: list[Fault], **extensions: Any) -> None:
        asked = all(fault.part == "query" for fault in faults)
        super().__init__(
            _ASK_AGAIN if asked else _SEND_AGAIN,
            faults=faults,
            **extensions,
        )


class NotJson(Problem):
    status = 400
    slug = "not-json"
    title = Text(fr="Le corps n'est pas du JSON valide", en="The body is not valid JSON")


class BodyTooLarge(Problem):
    status = 413
    slug = "body-too-large"
    title = Text(fr="Le corps est trop volumineux", en="The body is too large")


class UnsupportedMediaType(Problem):
    status = 415
    slug = "unsupported-media-type"
    title = Text(fr="Type de contenu refusé", en="Content type not accepted")


class NoSuchPath(Problem):
    status = 404
    slug = "no-such-path"
    title = Text(fr="Adresse inconnue", en="No such address")


class Unauthorized(Problem):
    status = 401
    slug = "unauthorized"
    title = Text(fr="Identification requise", en="Sign-in required")

    def __init__(self) -> None:
        super().__init__(
            Text(fr="Un jeton valide est requis à cette adresse.", en="This address requires a valid token."),
            headers={"WWW-Authenticate": "Bearer"},
        )


class Forbidden(Problem):
    status = 403
    slug = "forbidden"
    title = Text(fr="Accès refusé", en="Access denied")


class Busy(Problem):
    """Try again: throttled, or too many writers at once. Nothing was stored."""

    status = 503
    slug = "busy"
    title = Text(fr="Réessayez dans un instant", en="Try again in a moment")

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Le service est très sollicité. Réessayez dans quelques secondes, avec la même Idempotency-Key.",
                en="The service is very busy. Try again in a few seconds, with the same Idempotency-Key.",
            ),
            headers={"Retry-After": "2"},
        )


class Unexpected(Problem):
    status = 500
    slug = "unexpected"
    title = Text(fr="Erreur inattendue", en="Unexpected error")

    def __init__(self) -> None:
        super().__init__(
            Text(
                fr="Une erreur de notre côté a empêché de répondre; elle est consignée. Réessayez plus tard.",
                en="An error on our side prevented an answer; it is logged. Try again later.",
            )
        )
