import ast
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from local.packaging import AWS_SERVICES, package
from local.stages import REGION, ROOT, stages
from tests.integration.infra.of_type import of_type


@pytest.fixture(scope="module")
def translated():
    parameters = {"Stage": "pilot", **stages()["pilot"].parameters}
    python, translate = ROOT / ".venv-cloud" / "bin" / "python", Path(__file__).with_name("translate.py")
    done = subprocess.run(  # noqa: S603 - our own script
        [python, translate, package("pilot").template, json.dumps(parameters)],
        env={"AWS_DEFAULT_REGION": REGION},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["Resources"]


def test_sam_makes_of_it_what_we_meant(translated):
    assert not [name for name, resource in translated.items() if resource["Type"].startswith("AWS::Serverless")]
    (mapping,) = of_type("AWS::Lambda::EventSourceMapping", translated).values()
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["RelayFailures", "Arn"]}
    assert "Type" not in mapping["DestinationConfig"]["OnFailure"]
    (rule,) = of_type("AWS::Events::Rule", translated).values()
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    for function in of_type("AWS::Lambda::Function", translated).values():
        assert function["Environment"]["Variables"]["STAGE"] == {"Ref": "Stage"}
        assert function["Architectures"] == ["arm64"]


def test_sam_makes_one_stage_with_our_answers_in_it(translated):
    (stage,) = of_type("AWS::ApiGateway::Stage", translated).values()
    assert stage["StageName"] == "pilot"
    (api,) = of_type("AWS::ApiGateway::RestApi", translated).values()
    responses = api["Body"]["x-amazon-apigateway-gateway-responses"]
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == "404"
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    (deployment,) = of_type("AWS::ApiGateway::Deployment", translated).values()
    assert "StageName" not in deployment  # it would make a second stage


def test_packaged_anew_somewhere_else_gives_the_same_bytes(tmp_path):
    again = package("pilot", tmp_path)
    assert [file.read_bytes() for file in again] == [file.read_bytes() for file in package("pilot")]


def test_the_package_holds_what_functions_load_and_nothing_else():
    with zipfile.ZipFile(package("pilot").code) as code:
        names = set(code.namelist())
    assert {"app.py", "chalice/app.py", "chalicelib/catalogue/compiled/pilot.jsonl"} <= names
    top = {name.split("/")[0] for name in names}
    assert not top & {"tests", "local", "infra", "pytest", "moto", "mypy", "bin"}
    assert not [name for name in names if "__pycache__" in name or name.startswith("chalicelib/catalogue/data")]


def test_every_service_that_a_client_is_made_for_is_in_the_package():
    called = set()
    for file in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client":
                called.add(ast.literal_eval(node.args[0]))
    assert called == set(AWS_SERVICES)
