import json
import re

import pytest

from tests.integration.infra.of_type import of_type

ADDRESSES = ["/v1/service-requests", "/pilot/v1/service-requests", "/v1/service-requests/"]


@pytest.fixture
def filter_(edge_stack):
    (found,) = of_type("AWS::WAFv2::WebACL", edge_stack).values()
    return found


@pytest.fixture
def rules(filter_):
    return {rule["Name"]: rule for rule in filter_["Rules"]}


def _patterns(rule):
    return re.findall(r'"RegexString": "((?:[^"\\]|\\.)*)"', json.dumps(rule["Statement"]))


def test_it_stands_before_the_apis_stage(edge_stack, filter_):
    (association,) = of_type("AWS::WAFv2::WebACLAssociation", edge_stack).values()
    assert association["WebACLArn"] == {"Fn::GetAtt": ["Filter", "Arn"]}
    assert association["ResourceArn"]["Fn::Sub"].endswith("/restapis/${Api}/stages/${Stage}")
    assert filter_["Scope"] == "REGIONAL"
    assert filter_["DefaultAction"] == {"Allow": {}}


def test_one_address_can_flood_neither_the_counter_nor_a_unit(rules):
    for name, limit in (("submissions", 60), ("everything", 300)):
        rate = rules[name]["Statement"]["RateBasedStatement"]
        assert rules[name]["Action"] == {"Block": {}}
        assert (rate["AggregateKeyType"], rate["EvaluationWindowSec"], rate["Limit"]) == ("IP", 300, limit)


@pytest.mark.parametrize("address", ADDRESSES)
def test_submissions_are_counted_under_every_address_they_have(rules, address):
    (pattern,) = _patterns(rules["submissions"])
    assert re.search(pattern, address)
    assert not re.search(pattern, address.rstrip("/") + "/7K3Q9XPTM3/comments")


def test_a_city_hall_behind_one_address_is_not_taken_for_a_flood(rules):
    (pattern,) = _patterns(rules["everything"])
    assert "NotStatement" in rules["everything"]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    for address in ("/v1/agent/me", "/pilot/v1/units/VM/service-requests"):
        assert re.search(pattern, address)
    for address in (*ADDRESSES, "/v1/services/v1/units/x", "/v1/agents", "/x/y/v1/units/VM"):
        assert not re.search(pattern, address)


def test_wording_alone_refuses_no_report(rules):
    managed = [rule for rule in rules.values() if "ManagedRuleGroupStatement" in rule["Statement"]]
    assert {rule["Statement"]["ManagedRuleGroupStatement"]["Name"] for rule in managed} == {
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    }
    assert all(rule["OverrideAction"] == {"Count": {}} for rule in managed)


def test_no_address_of_anybody_is_kept(edge_stack, filter_):
    assert not any(resource["Type"] == "AWS::WAFv2::LoggingConfiguration" for resource in edge_stack.values())
    for watched in (filter_, *filter_["Rules"]):
        assert watched["VisibilityConfig"]["SampledRequestsEnabled"] is False
        assert watched["VisibilityConfig"]["CloudWatchMetricsEnabled"] is True
