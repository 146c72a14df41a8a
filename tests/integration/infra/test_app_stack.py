import json
import re

import pytest

from chalicelib.foundation.settings import Settings
from tests.integration.infra.of_type import of_type

NOT_SETTINGS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}  # Powertools' own


@pytest.fixture
def functions(app_stack):
    return of_type("AWS::Serverless::Function", app_stack)


@pytest.fixture
def variables(app_template):
    return app_template["Globals"]["Function"]["Environment"]["Variables"]


def _mappings(functions):
    """Every event source that a function reads in batches."""
    for function in functions.values():
        for event in function.get("Events", {}).values():
            if event["Type"] in ("DynamoDB", "SQS", "Kinesis"):
                yield event["Type"], event["Properties"]


def test_every_resource_has_a_type(app_stack):
    """One has none when the template still speaks of a handler that was renamed; packaging does not mind."""
    assert [name for name, resource in app_stack.items() if "Type" not in resource] == []


def test_there_is_a_function_for_the_api_the_relay_and_the_reconciler(functions):
    assert functions.keys() == {"APIHandler", "Relay", "Reconcile"}


def test_every_mapping_reports_partial_failures(functions):
    for _, mapping in _mappings(functions):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_stream_mappings_lose_nothing_and_are_not_blocked_by_one_record(functions):
    streams = [mapping for kind, mapping in _mappings(functions) if kind != "SQS"]
    assert streams
    for mapping in streams:
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 0 < mapping["MaximumRetryAttempts"] <= 10
        assert 0 < mapping["MaximumRecordAgeInSeconds"] <= 24 * 3600
        assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["RelayFailures", "Arn"]}
        assert list(mapping["Stream"]) == ["Fn::ImportValue"]


def test_queue_mappings_cap_concurrency(functions):
    for kind, mapping in _mappings(functions):
        assert kind != "SQS" or mapping["ScalingConfig"]["MaximumConcurrency"]


def test_functions_are_sized_and_end_before_whoever_waits_for_them(functions):
    for function in functions.values():
        assert function["MemorySize"] >= 256
    assert functions["APIHandler"]["Timeout"] < 29
    assert functions["Reconcile"]["Timeout"] < 60
    assert functions["Reconcile"]["ReservedConcurrentExecutions"] == 1


def test_every_function_has_its_own_role_that_names_what_it_may_touch(app_stack, functions):
    roles = of_type("AWS::IAM::Role", app_stack)
    assert len({json.dumps(function["Role"]) for function in functions.values()}) == len(functions) == len(roles)
    for role in roles.values():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                resources = (
                    statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
                )
                assert "*" not in resources
                assert all("${Stage}" in resource["Fn::Sub"] for resource in resources)
                assert not {"dynamodb:Scan", "dynamodb:DeleteItem", "dynamodb:DeleteTable"} & set(actions)
                assert all(not action.endswith(":*") for action in actions)


def test_every_function_logs_to_a_group_that_forgets(app_stack, functions):
    groups = of_type("AWS::Logs::LogGroup", app_stack)
    for function in functions.values():
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["RetentionInDays"] <= 90
        name = function["FunctionName"]["Fn::Sub"]
        assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{name}"


def test_every_function_and_the_failures_of_the_stream_have_an_alarm(app_stack, functions):
    watched = {
        (alarm["MetricName"], alarm["Dimensions"][0]["Value"]["Fn::Sub"])
        for alarm in of_type("AWS::CloudWatch::Alarm", app_stack).values()
        if alarm["Namespace"] != "Guichet"
    }
    for function in functions.values():
        assert ("Errors", function["FunctionName"]["Fn::Sub"]) in watched
    for queue in of_type("AWS::SQS::Queue", app_stack).values():
        assert ("ApproximateNumberOfMessagesVisible", queue["QueueName"]["Fn::Sub"]) in watched


def test_the_environment_is_what_settings_read_and_holds_no_secret(variables, functions):
    assert variables.keys() - NOT_SETTINGS == {name.upper() for name in Settings.model_fields}
    assert all("Environment" not in function for function in functions.values())
    assert not re.search("resolve:|GenerateSecretString|password", json.dumps(variables), re.IGNORECASE)


def test_the_api_is_regional_and_throttled(app_stack):
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    assert api["EndpointConfiguration"] == "REGIONAL"
    (everything,) = api["MethodSettings"]
    assert (everything["ResourcePath"], everything["HttpMethod"]) == ("/*", "*")
    assert everything["ThrottlingRateLimit"]
    assert everything["ThrottlingBurstLimit"]


def test_what_the_gateway_answers_by_itself_is_a_problem_that_any_page_can_read(app_stack):
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    responses = api["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "UNAUTHORIZED", "ACCESS_DENIED", "THROTTLED"} <= responses.keys()
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404
    for response in responses.values():
        headers = response["ResponseParameters"]["Headers"]
        assert headers == {"Access-Control-Allow-Origin": "'*'", "Content-Type": "'application/problem+json'"}
        document = json.loads(response["ResponseTemplates"]["application/json"])
        assert document.keys() >= {"type", "title", "detail"}
        assert document.get("status") == response.get("StatusCode")


def test_preflights_reach_the_function_since_a_mock_can_name_one_origin_only(app_stack):
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    for path in api["DefinitionBody"]["paths"].values():
        for method in path.values():
            assert method["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
