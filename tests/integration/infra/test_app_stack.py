import importlib
import json
import re

import pytest

from chalicelib.catalogue import load
from chalicelib.foundation.settings import Settings
from tests.integration.infra.of_type import of_type

# The libraries' own.
NOT_SETTINGS = {
    *("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"),
    "PYDANTIC_DISABLE_PLUGINS",
}


# All that API Gateway documents, but those of API keys, of which there are none.
GATEWAYS_OWN = {
    "DEFAULT_4XX": 403,
    "DEFAULT_5XX": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "UNAUTHORIZED": 401,
    "ACCESS_DENIED": 403,
    "EXPIRED_TOKEN": 403,
    "INVALID_SIGNATURE": 403,
    "WAF_FILTERED": 403,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "RESOURCE_NOT_FOUND": 404,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "THROTTLED": 429,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
}


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


def test_there_is_a_function_for_the_api_the_relay_the_reconciler_and_the_photos(functions):
    assert functions.keys() == {"APIHandler", "Relay", "Reconcile", "Photos"}


def test_what_a_function_is_to_run_is_there(functions):
    for function in functions.values():
        module, _, name = function["Handler"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


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


def test_the_relay_wakes_only_where_something_is_owed_which_is_when_there_is_a_due_at(functions):
    (mapping,) = [mapping for kind, mapping in _mappings(functions) if kind == "DynamoDB"]
    (only,) = mapping["FilterCriteria"]["Filters"]
    assert json.loads(only["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"due_at": {"S": [{"exists": True}]}}},
    }


def test_lambda_says_nothing_of_an_invocation_that_goes_well_and_keeps_what_we_say(app_template, functions):
    logging = app_template["Globals"]["Function"]["LoggingConfig"]
    assert logging == {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}
    assert all(function["LoggingConfig"].keys() == {"LogGroup"} for function in functions.values())


def test_photos_are_taken_one_by_one_from_their_queue_and_leave_functions_to_the_api(functions, data_stack):
    """By the mapping's cap: what a function's own limit turned away would count as received, and soon as dead."""
    (mapping,) = [mapping for kind, mapping in _mappings(functions) if kind == "SQS"]
    queue = data_stack["PhotosQueue"]["Properties"]
    assert mapping["Queue"]["Fn::Sub"].endswith(f":{queue['QueueName']['Fn::Sub']}")
    assert mapping["BatchSize"] == 1
    _, _, most_on_aws = mapping["ScalingConfig"]["MaximumConcurrency"]["Fn::If"]
    assert 2 <= most_on_aws <= 50
    assert "ReservedConcurrentExecutions" not in functions["Photos"]
    _, _, hidden_on_aws = queue["VisibilityTimeout"]["Fn::If"]
    assert hidden_on_aws >= 6 * functions["Photos"]["Timeout"]


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


@pytest.fixture
def alarms(app_stack):
    """The alarms, by metric and by the values of its dimensions."""
    return {
        (alarm["MetricName"], *(_plain(dimension["Value"]) for dimension in alarm["Dimensions"])): alarm
        for alarm in of_type("AWS::CloudWatch::Alarm", app_stack).values()
    }


def _plain(value):
    return value if isinstance(value, str) else value.get("Fn::Sub") or f"${{{value['Ref']}}}"


def test_every_function_and_what_it_gives_up_have_an_alarm(app_stack, data_stack, functions, alarms):
    for function in functions.values():
        for metric in ("Errors", "Throttles"):
            assert (metric, function["FunctionName"]["Fn::Sub"]) in alarms
    for queue in of_type("AWS::SQS::Queue", app_stack | data_stack).values():
        metric = "ApproximateAgeOfOldestMessage" if "RedrivePolicy" in queue else "ApproximateNumberOfMessagesVisible"
        assert (metric, queue["QueueName"]["Fn::Sub"]) in alarms
    assert ("IteratorAge", "guichet-${Stage}-relay") in alarms


def test_a_reconciler_that_is_not_run_rings_since_nothing_else_would(alarms):
    alarm = alarms["Invocations", "guichet-${Stage}-reconcile"]
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Sum", "LessThanThreshold", 1)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 180
    assert alarm["TreatMissingData"] == "breaching"


def test_an_api_that_fails_or_is_slow_rings_under_the_name_that_it_has(app_stack, alarms):
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    name = api["DefinitionBody"]["info"]["title"]
    failing, slow = (alarms[metric, name, "${Stage}"] for metric in ("5XXError", "Latency"))
    assert failing["Statistic"] == "Average"
    assert slow["ExtendedStatistic"] == "p99"


def test_every_alarm_speaks_on_the_operators_topic_and_only_one_minds_silence(alarms):
    for alarm in alarms.values():
        assert [_plain(action).rpartition(":")[2] for action in alarm["AlarmActions"]] == ["guichet-${Stage}-alarms"]
        assert alarm["AlarmDescription"]
    assert len({_plain(alarm["AlarmName"]) for alarm in alarms.values()}) == len(alarms)
    minds = [metric for (metric, *_), alarm in alarms.items() if alarm["TreatMissingData"] != "notBreaching"]
    assert minds == ["Invocations"]


@pytest.fixture
def dashboard(app_stack):
    """Its widgets, for the stage pilot."""
    (found,) = of_type("AWS::CloudWatch::Dashboard", app_stack).values()
    body, values = found["DashboardBody"]["Fn::Sub"]
    for name, value in values.items():
        body = body.replace(f"${{{name}}}", value["Fn::Sub"])
    body = body.replace("${Stage}", "pilot").replace("${!", "${")
    return json.loads(body)["widgets"]


def test_the_dashboard_shows_every_alarm_of_the_application(dashboard, alarms):
    shown, *_ = dashboard
    names = {_plain(alarm["AlarmName"]).replace("${Stage}", "pilot") for alarm in alarms.values()}
    assert sorted(arn.rpartition(":")[2] for arn in shown["properties"]["alarms"]) == sorted(names)


def test_the_dashboard_finds_the_units_by_searching_so_that_a_new_one_is_there(dashboard):
    shown = json.dumps(dashboard)
    for metric in ("OldestWaiting", "OldestUnacknowledged", "Overdue", "BecameUnacknowledged", "BecameOverdue"):
        assert metric in shown
    assert not [unit for unit in load("city").units if f"-{unit}" in shown]


def test_the_dashboards_widgets_lie_side_by_side(dashboard):
    taken = [
        (x, y)
        for widget in dashboard
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_the_environment_is_what_settings_read_and_holds_no_secret(variables, functions):
    assert variables.keys() - NOT_SETTINGS == {name.upper() for name in Settings.model_fields}
    assert all("Environment" not in function for function in functions.values())
    assert not re.search("resolve:|GenerateSecretString|password", json.dumps(variables), re.IGNORECASE)


def test_the_api_is_regional_and_throttled(app_stack):
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    assert api["EndpointConfiguration"] == "REGIONAL"
    everything, *routes = api["MethodSettings"]
    assert (everything["ResourcePath"], everything["HttpMethod"]) == ("/*", "*")
    for settings in (everything, *routes):
        assert 0 < settings["ThrottlingRateLimit"] <= everything["ThrottlingRateLimit"]
        assert 0 < settings["ThrottlingBurstLimit"] <= everything["ThrottlingBurstLimit"]
        assert settings["MetricsEnabled"] is True  # a route's own settings replace the stage's


def test_every_route_with_a_limit_of_its_own_is_there(app_stack):
    """AWS refuses the deployment otherwise."""
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    limited = set()
    for settings in api["MethodSettings"][1:]:
        path = settings["ResourcePath"].removeprefix("/").replace("~1", "/")
        assert settings["HttpMethod"].lower() in api["DefinitionBody"]["paths"][path]
        limited.add((settings["HttpMethod"], path))
    assert ("POST", "/v1/service-requests") in limited


def test_agents_doors_ask_for_a_token_of_the_staffs_pool_and_units_for_a_signature(app_stack):
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    definition = api["DefinitionBody"]
    staff = definition["securityDefinitions"]["staff"]
    assert staff["name"] == "Authorization"
    assert staff["x-amazon-apigateway-authorizer"] == {
        "type": "cognito_user_pools",
        "providerARNs": [{"Fn::ImportValue": {"Fn::Sub": "guichet-${Stage}-staff-arn"}}],
    }
    asked = {
        (path.split("/")[2], json.dumps(operation.get("security")))
        for path, operations in definition["paths"].items()
        for method, operation in operations.items()
        if method != "options"
    }
    assert {security for prefix, security in asked if prefix == "agent"} == {'[{"staff": []}]'}
    assert {security for prefix, security in asked if prefix == "units"} == {'[{"sigv4": []}]'}
    assert {security for prefix, security in asked if prefix not in ("agent", "units")} == {"null"}


def test_what_the_gateway_answers_by_itself_is_a_problem_that_any_page_can_read(app_stack):
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    responses = api["GatewayResponses"]
    assert responses.keys() == GATEWAYS_OWN.keys()
    for kind, response in responses.items():
        headers = response["ResponseParameters"]["Headers"]
        assert headers["Access-Control-Allow-Origin"] == "'*'"
        assert headers["Content-Type"] == "'application/problem+json'"
        document = json.loads(response["ResponseTemplates"]["application/json"])
        assert document.keys() >= {"type", "title", "detail"}
        assert all(" · " in document[text] for text in ("title", "detail"))
        assert document["status"] == response["StatusCode"] == GATEWAYS_OWN[kind]
    assert responses["UNAUTHORIZED"]["ResponseParameters"]["Headers"]["WWW-Authenticate"] == "'Bearer'"
    assert responses["THROTTLED"]["ResponseParameters"]["Headers"]["Retry-After"]


def test_preflights_reach_the_function_since_a_mock_can_name_one_origin_only(app_stack):
    (api,) = of_type("AWS::Serverless::Api", app_stack).values()
    for path in api["DefinitionBody"]["paths"].values():
        for method in path.values():
            assert method["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
