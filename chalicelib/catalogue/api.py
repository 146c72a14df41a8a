"""The catalogue's doors: services, boroughs, and which borough a point is in."""

from typing import Annotated, Final, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from ..foundation.languages import Language, Text
from ..foundation.routes import Auth, Router
from . import chosen
from .geography import Outside
from .loading import Catalogue
from .model import Attribute, Service, Stopper
from .problems import NoSuchService

router: Final = Router("Catalogue")


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class ServiceSummary(_View):
    """A service, as a list shows it."""

    service_code: str = Field(examples=["nid-de-poule"])
    name: Text
    description: Text
    group: str
    keywords: dict[Language, tuple[str, ...]]
    place: Literal["point", "borough"] = Field(
        description="What it needs to know of where: a point or address, or only a borough."
    )
    anonymous: bool = Field(description="Whether it may be asked for without a profile.")
    stoppers: tuple[Stopper, ...] = Field(
        description="What is not for this counter, a danger or somebody else's: when it is so, what to do, the number "
        "to call. Where one has an `attribute` and a `value`, that answer is refused with the problem `stopped`."
    )


class ServiceView(ServiceSummary):
    """A service with the questions it asks and where it is offered."""

    attributes: tuple[Attribute, ...]
    boroughs: tuple[str, ...] = Field(description="Codes of the boroughs where it is offered.")
    on_public_way: bool = Field(description="Whether its exact position is public.")


class Group(_View):
    code: str
    name: Text


class Services(_View):
    """Every service, in the catalogue's order."""

    catalogue_version: str
    groups: list[Group]
    items: list[ServiceSummary]


class BoroughView(_View):
    code: str = Field(examples=["VM"])
    name: Text
    participating: bool = Field(description="Whether services can be asked for there, here.")


class Boroughs(_View):
    catalogue_version: str
    items: list[BoroughView]


class Located(_View):
    """Where a point is: in a borough, or outside the city, by how much."""

    inside: bool
    borough: BoroughView | None
    nearest_borough: BoroughView | None
    distance_m: int | None = Field(description="To the nearest borough, metres.")


def _version() -> str:
    return chosen.catalogue().version


@router.get("/v1/services", auth=Auth.ANYONE, summary="Services", cached_by=_version)
def list_services() -> Services:
    """What can be asked for, with names, words to search by, and dangers to telephone about instead."""
    catalogue = chosen.catalogue()
    return Services(
        catalogue_version=catalogue.version,
        groups=[Group(code=code, name=name) for code, name in catalogue.groups.items()],
        items=[ServiceSummary(**_shared(service)) for service in catalogue.services.values()],
    )


@router.get(
    "/v1/services/{service_code}",
    auth=Auth.ANYONE,
    summary="Un service · One service",
    problems=[NoSuchService],
    cached_by=_version,
)
def get_service(service_code: Annotated[str, Path(examples=["nid-de-poule"])]) -> ServiceView:
    """One service, the questions it asks, and where it is offered."""
    catalogue = chosen.catalogue()
    service = catalogue.services.get(service_code)
    if service is None:
        raise NoSuchService
    return ServiceView(
        **_shared(service),
        attributes=service.attributes,
        boroughs=catalogue.boroughs_offering(service_code),
        on_public_way=service.on_public_way,
    )


@router.get("/v1/boroughs", auth=Auth.ANYONE, summary="Arrondissements · Boroughs", cached_by=_version)
def list_boroughs() -> Boroughs:
    """The city's boroughs, and which take part."""
    catalogue = chosen.catalogue()
    return Boroughs(
        catalogue_version=catalogue.version,
        items=[_borough(catalogue, code) for code in catalogue.all_borough_names],
    )


@router.get("/v1/locate", auth=Auth.ANYONE, summary="Quel arrondissement · Which borough")
def locate(
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, examples=[45.5088])],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, examples=[-73.554])],
) -> Located:
    """The borough a point is in; outside the city, the nearest and its distance."""
    catalogue = chosen.catalogue()
    found = catalogue.locate(lat, lon)
    if isinstance(found, Outside):
        nearest, distance = _borough(catalogue, found.nearest), round(found.distance_m)
        return Located(inside=False, borough=None, nearest_borough=nearest, distance_m=distance)
    return Located(inside=True, borough=_borough(catalogue, found), nearest_borough=None, distance_m=None)


def _borough(catalogue: Catalogue, code: str) -> BoroughView:
    return BoroughView(code=code, name=catalogue.all_borough_names[code], participating=code in catalogue.boroughs)


def _shared(service: Service) -> dict[str, object]:
    return {name: getattr(service, name) for name in ServiceSummary.model_fields}
