"""What pydantic found wrong, said to a citizen or a developer in their language, with the way to mend it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from .languages import Text
from .problems import Fault, refusal, together

Model = TypeVar("Model")

_WORDING: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("Ce champ est obligatoire.", "This field is required."),
    "extra_forbidden": (
        "Champ inconnu; retirez-le ou corrigez son nom.",
        "Unknown field; remove it or correct its name.",
    ),
    "string_type": ("Un texte est attendu.", "A text is expected."),
    "string_too_short": ("Au moins {min_length} caractères.", "At least {min_length} characters."),
    "string_too_long": ("Au plus {max_length} caractères.", "At most {max_length} characters."),
    "string_pattern_mismatch": ("Ce texte n'a pas la forme attendue.", "This text does not have the expected form."),
    "string_unicode": (
        "Ce texte contient un caractère Unicode invalide.",
        "This text has an invalid Unicode character.",
    ),
    "control_character": (
        "Ce texte contient un caractère de commande; retirez-le.",
        "This text has a control character; remove it.",
    ),
    "too_short": ("Au moins {min_length} éléments.", "At least {min_length} items."),
    "too_long": ("Au plus {max_length} éléments.", "At most {max_length} items."),
    "enum": ("Une de ces valeurs est attendue : {expected}.", "One of these values is expected: {expected}."),
    "literal_error": ("Une de ces valeurs est attendue : {expected}.", "One of these values is expected: {expected}."),
    "greater_than_equal": ("Au moins {ge}.", "At least {ge}."),
    "less_than_equal": ("Au plus {le}.", "At most {le}."),
    "greater_than": ("Plus de {gt}.", "More than {gt}."),
    "less_than": ("Moins de {lt}.", "Less than {lt}."),
    "finite_number": ("Un nombre fini est attendu.", "A finite number is expected."),
    "float_type": ("Un nombre est attendu.", "A number is expected."),
    "float_parsing": ("Un nombre est attendu.", "A number is expected."),
    "int_type": ("Un nombre entier est attendu.", "A whole number is expected."),
    "int_parsing": ("Un nombre entier est attendu.", "A whole number is expected."),
    "int_parsing_size": ("Ce nombre est trop grand.", "This number is too large."),
    "int_from_float": ("Un nombre entier est attendu.", "A whole number is expected."),
    "answer": (
        "Un texte, un nombre ou une liste de textes est attendu.",
        "A text, a number or a list of texts is expected.",
    ),
    "dict_type": ("Un objet JSON est attendu.", "A JSON object is expected."),
    "model_type": ("Un objet JSON est attendu.", "A JSON object is expected."),
    "model_attributes_type": ("Un objet JSON est attendu.", "A JSON object is expected."),
    "list_type": ("Une liste est attendue.", "A list is expected."),
    "tuple_type": ("Une liste est attendue.", "A list is expected."),
    "timezone_aware": (
        "Précisez le fuseau horaire, par exemple 2026-11-24T08:15:00-05:00.",
        "Give the time zone, for example 2026-11-24T08:15:00-05:00.",
    ),
}
# Where the bound is one.
_OF_ONE: Final[Mapping[str, tuple[str, str]]] = {
    "string_too_short": (
        "Ce texte est vide; écrivez-le, ou retirez ce champ.",
        "This text is empty; write it, or leave this field out.",
    ),
    "too_short": ("Au moins un élément.", "At least one item."),
    "too_long": ("Au plus un élément.", "At most one item."),
}
_TIME: Final = (
    "Une date et une heure sont attendues (RFC 3339), par exemple 2026-11-24T08:15:00-05:00.",
    "A date and time are expected (RFC 3339), for example 2026-11-24T08:15:00-05:00.",
)
_TIME_IN_AN_ADDRESS: Final = (
    f"{_TIME[0]} Dans une adresse, « + » s'écrit « %2B ».",
    f"{_TIME[1]} In an address “+” is written “%2B”.",
)
_VALUE: Final = re.compile(r"(?:<[\w.]+: )?'([^']*)'>?")
_OTHER: Final = ("Valeur non valide.", "Invalid value.")


def all_at_once(
    data: Any, handler: Callable[[Any], Model], further: Callable[[Mapping[str, Any]], list[Fault]]
) -> Model:
    """For a wrap validator: what `handler` makes of `data`, unless it or `further` finds faults; then all of both.

    pydantic would ask a validator that sees the whole only where every part is well formed. `further` is given the raw
    object, so it looks at what is there, not at whether it is right.
    """
    found = further(data) if isinstance(data, Mapping) else []
    try:
        model = handler(data)
    except ValidationError as invalid:
        raise refusal(together(faults_of(invalid), found)) from None
    if found:
        raise refusal(found)
    return model


def faults(errors: Sequence[Mapping[str, Any]], *, part: str | None = "body") -> list[Fault]:
    """The faults behind pydantic's errors. With `part=None` the first element of each place names the part."""
    return [fault for error in errors for fault in _faults(error, part)]


def faults_of(invalid: ValidationError) -> list[Fault]:
    return faults(invalid.errors(include_url=False, include_input=False))


def _faults(error: Mapping[str, Any], part: str | None) -> list[Fault]:
    where: tuple[str | int, ...] = tuple(error["loc"])
    if part is None:
        part, where = str(where[0]), where[1:]
    if error["type"] == "faults":
        return [fault.inside(*where)._replace(part=part) for fault in error["ctx"]["faults"]]
    # Where the key of a mapping is wrong, pydantic adds a mark of its own.
    return [Fault(where[:-1] if where[-1:] == ("[key]",) else where, _detail(error, part), part)]


def _detail(error: Mapping[str, Any], part: str) -> Text:
    kind, context = error["type"], dict(error.get("ctx", {}))
    if kind.startswith(("datetime", "date_")):
        fr, en = _TIME_IN_AN_ADDRESS if part == "query" else _TIME
    else:
        of_one = 1 in (context.get("min_length"), context.get("max_length"))
        fr, en = (_OF_ONE if of_one else _WORDING).get(kind) or _WORDING.get(kind, _OTHER)
    # pydantic shows members of an enumeration as Python does, and joins the last two of `expected` by an English word.
    expected = context["expected"] = _VALUE.sub(r"\1", str(context.get("expected", "")))
    return Text(fr=fr.format(**context | {"expected": expected.replace(" or ", " ou ")}), en=en.format(**context))
