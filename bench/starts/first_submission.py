"""The API's function from nothing to its first answer, a submission: CPU until then, and the most memory, in kB."""

import json
import re
import sys
import time
from pathlib import Path

from canned import answer  # type: ignore[import-not-found]  # beside this script

import app
from chalicelib.foundation import aws


class Context:
    function_name = "guichet"
    aws_request_id = "1"


for client in (aws.dynamodb(), aws.secretsmanager()):
    client.meta.events.register("before-send", answer)
answered = app.app(json.loads(Path(sys.argv[1]).read_text()), Context())
if answered["statusCode"] != 201:
    sys.exit(str(answered))
took = time.process_time()
print(took, re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])
