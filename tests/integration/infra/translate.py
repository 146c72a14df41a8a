"""Run SAM's own translation, as AWS does, on a template: its result on standard output.

Apart because the translator lives in the emulator's environment: its pins hold others back.

    .venv-cloud/bin/python translate.py TEMPLATE PARAMETERS(JSON)
"""

import json
import sys
from pathlib import Path

from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform


class NoManagedPolicies(ManagedPolicyLoader):
    """None is used; the real one would ask AWS."""

    def __init__(self):
        super().__init__(None)

    def load(self):
        return {}


template = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = {"Bucket": "packages", "Key": "code.zip"}
json.dump(transform(template, json.loads(sys.argv[2]), NoManagedPolicies()), sys.stdout)
