"""Who calls, as far as the gateway has told: an agent of the city, by the claims of a verified ID token."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple, NoReturn

from aws_lambda_powertools.event_handler import Depends, Request

from .languages import Text
from .problems import Forbidden, Unauthorized
from .settings import settings

EVERYWHERE: Final = "agents"
UNIT_PREFIX: Final = "unit-"

_GROUP = re.compile(r"[^\s,\[\]\"']+")


class Agent(NamedTuple):
    """A city or unit employee who has signed in, and for which units."""

    id: str
    name: str
    units: frozenset[str]
    everywhere: bool

    def may_act_for(self, unit: str) -> bool:
        return self.everywhere or unit in self.units


def agent_of(event: Mapping[str, Any]) -> Agent:
    """The agent who sent an HTTP request, by what the gateway's authorizer hands over.

    The gateway verifies a token's signature, issuer and time and no more: not what kind of token it is, whom it was
    issued to, nor its groups.

    Raises:
        Unauthorized: nobody has signed in.
        Forbidden: not with an ID token for the agents' client, or the person is in no group that opens anything.
    """
    claims = (event["requestContext"].get("authorizer") or {}).get("claims")
    if not claims:
        raise Unauthorized
    if claims.get("token_use") != "id" or claims.get("aud") != settings().staff_client:
        _refuse("Envoyez le jeton d'identité du client des agents.", "Send the ID token of the agents' client.")
    groups = _groups(claims.get("cognito:groups"))
    units = frozenset(group.removeprefix(UNIT_PREFIX) for group in groups if group.startswith(UNIT_PREFIX)) - {""}
    if EVERYWHERE not in groups and not units:
        _refuse(
            "Il faut être du groupe « agents », ou de celui d'une unité. Demandez-le à qui gère les comptes.",
            "This takes membership of the group “agents”, or of a unit's. Ask whoever manages the accounts.",
        )
    return Agent(claims["sub"], claims["cognito:username"], units, EVERYWHERE in groups)


def id_of_agent(event: Mapping[str, Any]) -> str | None:
    """The opaque id in the claims that the gateway verified, whatever else is wrong with them."""
    claims = (event["requestContext"].get("authorizer") or {}).get("claims") or {}
    return claims.get("sub")


def _groups(claim: Any) -> set[str]:
    """API Gateway joins a list by commas, or by spaces in brackets; one group stands alone."""
    return set(claim if isinstance(claim, list) else _GROUP.findall(claim or ""))


def _refuse(fr: str, en: str) -> NoReturn:
    raise Forbidden(Text(fr=fr, en=en))


def _calling_agent(request: Request) -> Agent:
    return agent_of(request.resolved_event.raw_event)


Caller = Annotated[Agent, Depends(_calling_agent)]
"""A handler's parameter of this type is the agent who calls; only for routes of `Auth.AGENT`."""
