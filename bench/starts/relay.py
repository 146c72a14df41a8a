"""The relay's function, ready for its first batch. Lambda loads the handler's module before anything else."""

import time

from chalicelib.routing import events

events.aws.dynamodb()
events.aws.sqs()
print(time.process_time())
