"""Boroughs, units, services, opening days and geography. Data edited as YAML, compiled, loaded lazily."""

from .geography import Outside
from .loading import Catalogue, EarlierVersion, load
from .model import TRIAGE, Assignment, Attribute, AttributeValue, Borough, BurstLimit, Service, Stopper, Unit

__all__ = [
    "TRIAGE",
    "Assignment",
    "Attribute",
    "AttributeValue",
    "Borough",
    "BurstLimit",
    "Catalogue",
    "EarlierVersion",
    "Outside",
    "Service",
    "Stopper",
    "Unit",
    "load",
]
