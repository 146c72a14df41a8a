import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation.callers import Agent, agent_of
from chalicelib.foundation.problems import Forbidden, Problem, Unauthorized
from tests.support.environment import STAFF_CLIENT

ID_TOKEN = {"token_use": "id", "aud": STAFF_CLIENT, "sub": "s", "cognito:username": "n"}


def told(claims):
    return {"requestContext": {"authorizer": {"claims": claims}}}


def in_groups(groups):
    return agent_of(told({**ID_TOKEN, "cognito:groups": groups}))


@pytest.mark.parametrize(
    "groups", ["agents,unit-VM,unit-eclairage", "[agents unit-VM unit-eclairage]", "[agents, unit-VM, unit-eclairage]"]
)
def test_groups_are_understood_however_the_gateway_writes_a_list(groups):
    assert in_groups(groups) == Agent("s", "n", frozenset({"VM", "eclairage"}), everywhere=True)


def test_groups_may_come_as_a_list_and_one_may_stand_alone():
    assert in_groups(["unit-VM", "agents"]) == in_groups("agents,unit-VM")
    assert in_groups("unit-feux-circulation").units == {"feux-circulation"}
    assert in_groups("[unit-VM]").units == {"VM"}


def test_an_agent_of_a_unit_may_act_for_it_and_for_no_other():
    agent = in_groups("unit-VM")
    assert agent.may_act_for("VM")
    assert not agent.may_act_for("V")
    assert not agent.may_act_for("RO")
    assert not agent.may_act_for("")


def test_an_agent_of_the_city_may_act_for_every_unit():
    assert in_groups("agents").may_act_for("RO")


@pytest.mark.parametrize("groups", [None, "", "[]", "unit-", "unit", "agent", "Agents", "myagents", "x-unit-VM"])
def test_who_is_in_no_group_that_opens_anything_is_told_which_it_takes(groups):
    with pytest.raises(Forbidden) as refused:
        in_groups(groups)
    assert "agents" in refused.value.detail.fr
    assert "agents" in refused.value.detail.en


@pytest.mark.parametrize(
    "other", [{"token_use": "access"}, {"token_use": None}, {"aud": "another"}, {"aud": None}, {"aud": ""}]
)
def test_a_token_of_another_kind_or_for_another_client_is_refused(other):
    with pytest.raises(Forbidden):
        agent_of(told({**ID_TOKEN, "cognito:groups": "agents", **other}))


@pytest.mark.parametrize("context", [{}, {"authorizer": None}, {"authorizer": {}}, {"authorizer": {"claims": {}}}])
def test_who_has_not_signed_in_is_asked_to(context):
    with pytest.raises(Unauthorized):
        agent_of({"requestContext": context})


@given(st.dictionaries(st.sampled_from(["token_use", "aud", "cognito:groups"]), st.text(max_size=30)))
def test_whatever_a_token_claims_a_refusal_repeats_none_of_it(claims):
    with pytest.raises(Problem) as refused:
        agent_of(told({"sub": "who-it-is", "cognito:username": "their-name", **claims}))
    assert "who-it-is" not in str(refused.value.document("fr"))
    assert "their-name" not in str(refused.value.document("en"))
