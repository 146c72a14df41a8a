"""The relay's function, ready for its first batch."""

from chalicelib.foundation import aws
from chalicelib.routing import events  # noqa: F401

aws.dynamodb()
aws.sqs()
