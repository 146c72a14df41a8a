"""The catalogue that this stage runs on. Apart from its loading, which reads no setting, so that rules stay pure."""

from ..foundation.settings import settings
from .loading import Catalogue, load


def catalogue() -> Catalogue:
    return load(settings().catalogue)
