"""Why a photo is refused, in words its sender can act upon. Free of what reads pictures: every function may load it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ..foundation.languages import Text


class RefusalReason(StrEnum):
    NOT_A_PHOTO = "not_a_photo"
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"
    UNSAFE = "unsafe"


EXPLANATIONS: Final[Mapping[RefusalReason, Text]] = MappingProxyType(
    {
        RefusalReason.NOT_A_PHOTO: Text(
            fr="Ce fichier n'est pas une photo JPEG, PNG, WebP, HEIC ou AVIF. Envoyez-en une de l'un de ces types.",
            en="This file is not a JPEG, PNG, WebP, HEIC or AVIF photo. Send one of one of these types.",
        ),
        RefusalReason.TOO_LARGE: Text(
            fr="Cette photo a trop de pixels. Envoyez-la dans une plus petite taille.",
            en="This photo has too many pixels. Send it in a smaller size.",
        ),
        RefusalReason.DAMAGED: Text(
            fr="Cette photo est arrivée incomplète ou abîmée. Envoyez-la de nouveau, ou envoyez-en une autre.",
            en="This photo arrived incomplete or damaged. Send it again, or send another one.",
        ),
        RefusalReason.UNSAFE: Text(
            fr="Cette photo contient un autre fichier, tel qu'une archive. Envoyez la photo seule.",
            en="This photo contains another file, such as an archive. Send the photo alone.",
        ),
    }
)


class Refused(Exception):
    """This is not shown to anybody: it cannot be read, or should not be."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason)
        self.reason = reason
