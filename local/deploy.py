"""Deploy a stage: the same for AWS and for the emulator, but for what only AWS has.

python -m local.deploy STAGE
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.catalogue.build.faults import DataError
from chalicelib.catalogue.build.keeping import keep

from .cloud import Cloud
from .cloudformation import DeploymentError, Outputs, Stacks, TemplateSource
from .packaging import PHOTOS, Package, package
from .stages import ROOT, Stage, stages
from .units import units_template

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class Deployed(NamedTuple):
    """The outputs of the stacks that have some."""

    data: Outputs
    app: Outputs


def deploy(cloud: Cloud, name: str, stage: Stage, made: Package) -> Deployed:
    """Bring the three stacks of a stage up to date, in the order they need each other.

    Raises:
        DeploymentError: a stack could not be changed and is as it was; those before it are new.
    """
    stacks = Stacks(cloud.cloudformation())
    template = (ROOT / "infra" / "data.yaml").read_text(encoding="utf-8")
    origins = {"AllowedOrigins": stage.allowed_origins}
    data = stacks.deploy(f"guichet-{name}-data", {"TemplateBody": template}, {"Stage": name, **origins})
    bucket = _Bucket(cloud.s3(), data["Packages"])
    units = units_template(stage.catalogue)
    stacks.deploy(f"guichet-{name}-units", bucket.template(units, "yaml"), {"Stage": name})
    code, photos = (bucket.put(file.read_bytes(), "zip") for file in (made.code, made.photos))
    app = _with_code(made.template, bucket.name, code, photos)
    parameters = {"Stage": name, **stage.parameters}
    return Deployed(data, stacks.deploy(f"guichet-{name}-app", bucket.template(app, "json"), parameters))


def deploy_edge(cloud: Cloud, name: str, api_id: str) -> None:
    """Put the fourth stack in front of the API: what only AWS has.

    Raises:
        DeploymentError: it could not be changed and is as it was.
    """
    template = (ROOT / "infra" / "edge.yaml").read_text(encoding="utf-8")
    parameters = {"Stage": name, "Api": api_id}
    Stacks(cloud.cloudformation()).deploy(f"guichet-{name}-edge", {"TemplateBody": template}, parameters)


def _with_code(template: Path, bucket: str, code: str, photos: str) -> str:
    """The packaged template, its functions taking their code from there; that of the photos has its own."""
    described = json.loads(template.read_text(encoding="utf-8"))
    for name, resource in described["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": photos if name == PHOTOS else code}
    return json.dumps(described)


class _Bucket:
    """Where CloudFormation takes code from, and templates too long for its own call. Objects are named by content."""

    def __init__(self, s3: "S3Client", name: str) -> None:
        self._s3 = s3
        self.name = name

    def template(self, text: str, suffix: str) -> TemplateSource:
        return {"TemplateURL": f"{self._s3.meta.endpoint_url}/{self.name}/{self.put(text.encode(), suffix)}"}

    def put(self, content: bytes, suffix: str) -> str:
        """Store it, unless it is there; its key."""
        key = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
        try:
            self._s3.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
            self._s3.put_object(Bucket=self.name, Key=key, Body=content)
        return key


def main() -> None:
    parser = argparse.ArgumentParser(description="Package and deploy a stage.")
    parser.add_argument("stage", choices=stages())
    name = parser.parse_args().stage
    try:
        for path in keep(stages()[name].catalogue):
            print(f"Commit this file: {path.relative_to(ROOT)}", file=sys.stderr)
        cloud = Cloud.from_environment()
        app = deploy(cloud, name, stages()[name], package(name)).app
        deploy_edge(cloud, name, app["RestAPIId"])
    except (DataError, DeploymentError, BotoCoreError, ClientError) as error:
        sys.exit(str(error))
    print(app["EndpointURL"])


if __name__ == "__main__":
    main()
