"""The city's two languages: French by default, English on the citizen's own choice (Charte de la langue française)."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Language(StrEnum):
    FR = "fr"
    EN = "en"


class Text(BaseModel):
    """A label or sentence in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fr: Words
    en: Words

    def in_(self, language: Language) -> str:
        return self.en if language is Language.EN else self.fr


_RANGE = re.compile(r"\s*([a-zA-Z]{1,8}|\*)(?:-[a-zA-Z0-9]{1,8})*\s*(?:;\s*q=(\d(?:\.\d{0,3})?)\s*)?")


def preferred(lang: str | None, accept_language: str | None) -> Language:
    """The language to answer in: `?lang=` first, then `Accept-Language` (RFC 9110 §12.5.4), else French."""
    if lang:
        return Language.EN if lang.strip().lower().startswith("en") else Language.FR
    weights = {Language.FR: 0.0, Language.EN: 0.0}
    for part in (accept_language or "").split(",")[:20]:
        if (match := _RANGE.fullmatch(part)) and match[1].lower() in set(Language):
            language = Language(match[1].lower())
            weights[language] = max(weights[language], float(match[2] or 1))
    return Language.EN if weights[Language.EN] > weights[Language.FR] else Language.FR
