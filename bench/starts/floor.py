"""The least that a function with these tools does: boto3 with the clients named, pydantic, Powertools' Logger."""

import sys
import time
from typing import Any

import pydantic  # noqa: F401
from aws_lambda_powertools import Logger
from boto3.session import Session
from botocore.config import Config

Logger()
session: Any = Session()
clients = {
    name: session.client(name, config=Config(connect_timeout=1, read_timeout=3)) for name in sys.argv[1].split(",")
}
if __name__ == "__main__":
    print(time.process_time())
