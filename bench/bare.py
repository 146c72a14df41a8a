"""A bare route on the same emulator: one function that does one PutItem. What the emulator itself can do at most."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from local.cloud import Cloud
from local.cloudformation import Stacks
from local.stack import Stack

TEMPLATE: Final = Path(__file__).parent / "bare.json"
STACK: Final = "guichet-bench-bare"
CODE: Final = Path(__file__).parent / "bare_function.py"


@contextmanager
def bare_route(stack: Stack) -> Iterator[str]:
    """Its address."""
    cloud = Cloud.local(stack.aws_endpoint_url)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.write(CODE, "bare_function.py")
    bucket, key = STACK, "code.zip"
    s3 = cloud.s3()
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    s3.put_object(Bucket=bucket, Key=key, Body=packed.getvalue())
    template: dict[str, Any] = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    template["Resources"]["Bare"]["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    outputs = Stacks(cloud.cloudformation()).deploy(STACK, {"TemplateBody": json.dumps(template)}, {})
    yield f"{stack.aws_endpoint_url}/restapis/{outputs['Api']}/Prod/_user_request_/bare"
