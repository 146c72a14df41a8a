import ast
import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from local.packaging import AWS_SERVICES, PHOTOS_AWS_SERVICES, package
from local.stages import REGION, ROOT, stages
from local.third_party import OUR_PYTHON
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
    stream, queue = of_type("AWS::Lambda::EventSourceMapping", translated).values()
    for mapping in (stream, queue):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    mapping, capped = (stream, queue) if "DestinationConfig" in stream else (queue, stream)
    assert capped["ScalingConfig"] == {"MaximumConcurrency": {"Fn::If": ["Local", 2, 10]}}
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
    assert not top & {"tests", "local", "infra", "pytest", "moto", "mypy", "bin", "PIL", "pillow_heif"}
    assert not [name for name in names if "__pycache__" in name or name.startswith("chalicelib/catalogue/data")]


def test_the_photos_package_holds_what_reads_pictures_and_speaks_to_s3_besides():
    with zipfile.ZipFile(package("pilot").photos) as code:
        names = set(code.namelist())
    assert {"chalicelib/photos/events.py", "chalicelib/catalogue/compiled/pilot.jsonl", "PIL/Image.py"} <= names
    assert [name for name in names if name.startswith("botocore/data/s3/")]
    assert not [name for name in names if "__pycache__" in name or name.startswith("chalicelib/catalogue/data")]


@pytest.mark.parametrize("stage", ["local", "pilot"])
def test_the_photos_package_is_made_for_the_python_that_runs_it(stage):
    made = package(stage)
    function = json.loads(made.template.read_text(encoding="utf-8"))["Resources"]["Photos"]["Properties"]
    python = function["Runtime"].removeprefix("python").replace(".", "")
    with zipfile.ZipFile(made.photos) as code:
        wheels = [code.read(name).decode() for name in code.namelist() if name.endswith(".dist-info/WHEEL")]
        compiled = [name for name in code.namelist() if name.endswith(".pyc")]
    tags = [re.findall("^Tag: ([a-z]+[0-9]*)[0-9.a-z]*-([a-z0-9]+)", wheel, re.MULTILINE) for wheel in wheels]
    assert any(abi == f"cp{python}" for found in tags for _, abi in found)
    for found in tags:
        assert {abi for _, abi in found} & {"none", "abi3", f"cp{python}"}
    assert bool(compiled) == (python == OUR_PYTHON.replace(".", ""))


def test_every_service_that_a_client_is_made_for_is_in_the_package():
    called = set()
    for file in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client":
                called.add(ast.literal_eval(node.args[0]))
    assert called == {*AWS_SERVICES, *PHOTOS_AWS_SERVICES}
