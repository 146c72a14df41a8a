"""The environment of the functions, for tests in process. Imported before the app is."""

import os

STAGE = "test"
UNIT_ROLE_PREFIX = f"guichet-{STAGE}-unit-"
STAFF_CLIENT = "staffclient"

VARIABLES = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "ca-central-1",
    "STAGE": STAGE,
    "CATALOGUE": "pilot",
    "SERVICE_REQUESTS_TABLE": f"guichet-{STAGE}-service-requests",
    "SUPPORTS_TABLE": f"guichet-{STAGE}-supports",
    "QUEUE_URL_PREFIX": f"https://sqs.ca-central-1.amazonaws.com/123456789012/guichet-{STAGE}-",
    "PHOTOS_BUCKET": f"guichet-{STAGE}-photos-123456789012-ca-central-1",
    "PHOTOS_QUEUE_URL": f"https://sqs.ca-central-1.amazonaws.com/123456789012/guichet-{STAGE}-photos",
    "UNIT_ROLE_PREFIX": UNIT_ROLE_PREFIX,
    "STAFF_CLIENT": STAFF_CLIENT,
    "KEYS_SECRET": f"guichet-{STAGE}-keys",
    "MESSAGE_SOURCE": "https://guichet.test",
    "MESSAGE_TYPE_PREFIX": "ca.montreal.guichet",
    "ALLOWED_ORIGINS": "https://www.test,https://app.test",
    "POWERTOOLS_SERVICE_NAME": "guichet",
    "POWERTOOLS_METRICS_NAMESPACE": "Guichet",
}


def set_environment() -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)
    os.environ.update(VARIABLES)
