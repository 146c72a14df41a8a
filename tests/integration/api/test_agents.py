"""Who has signed in, as the gateway hands over what their token says."""

import pytest

from tests.support.told import ORIGIN

ME = "/v1/agent/me"


def test_an_agent_learns_who_they_are_and_for_which_units(gateway):
    one = gateway.get(ME, agent="unit-VM,unit-eclairage").json
    assert one["units"] == ["VM", "eclairage"]
    assert one["everywhere"] is False
    assert one["name"] == "agent of unit-VM,unit-eclairage"
    assert gateway.get(ME, agent="agents").json["everywhere"] is True
    assert gateway.get(ME, agent="[agents unit-VM]").json["units"] == ["VM"]


def test_a_unit_that_there_never_was_is_none_of_an_agents(gateway):
    assert gateway.get(ME, agent="unit-VM,unit-atlantis").json["units"] == ["VM"]


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        ({}, 401),
        ({"role": "guichet-test-unit-VM"}, 401),
        ({"agent": "others"}, 403),
        ({"agent": "agents", "claims": {"token_use": "access"}}, 403),
        ({"agent": "agents", "claims": {"aud": "another-client"}}, 403),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_anybody_else_is_refused_and_told_why(gateway, caller, status, language):
    answer = gateway.get(f"{ME}?lang={language}", headers={"Origin": ORIGIN}, **caller)
    assert answer.status == status
    assert answer.json["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)


def test_of_who_signed_in_only_an_id_that_names_nobody_is_logged(gateway, caplog):
    who = {"sub": "11111111-aaaa", "cognito:username": "someone", "email": "someone@city.test"}
    gateway.get(ME, agent="agents", claims=who)
    gateway.get(ME, agent="others", claims=who)
    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert ME in logged
    assert who.pop("sub") in logged
    assert not [value for value in who.values() if value in logged]
