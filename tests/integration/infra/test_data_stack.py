import pytest

from chalicelib.service_requests.items import SAID_BY_KEYS
from chalicelib.service_requests.record import Summary
from tests.integration.infra.of_type import of_type


def test_what_holds_data_outlives_its_stack(data_stack):
    holds_data = {
        *("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"),
        *("AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolGroup"),
        "AWS::SQS::Queue",
    }
    for resource in data_stack.values():
        if resource["Type"] in holds_data:
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
            assert resource["UpdateReplacePolicy"] == "Retain"


def test_tables_are_recoverable_encrypted_and_protected(data_stack):
    for table in of_type("AWS::DynamoDB::Table", data_stack).values():
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["SSESpecification"]["SSEEnabled"] is True
        assert table["DeletionProtectionEnabled"] is True
        assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_every_key_of_the_table_and_its_indexes_is_a_string(data_stack):
    for table in of_type("AWS::DynamoDB::Table", data_stack).values():
        indexes = table.get("GlobalSecondaryIndexes", [])
        keys = table["KeySchema"] + [key for index in indexes for key in index["KeySchema"]]
        assert {key["AttributeName"] for key in keys} == {key["AttributeName"] for key in table["AttributeDefinitions"]}
        assert {key["AttributeType"] for key in table["AttributeDefinitions"]} == {"S"}


@pytest.mark.parametrize("name", ["by-borough", "by-cell"])
def test_an_index_of_a_public_list_holds_what_the_list_shows_and_nothing_else(data_stack, name):
    indexes = data_stack["ServiceRequests"]["Properties"]["GlobalSecondaryIndexes"]
    (index,) = [index for index in indexes if index["IndexName"] == name]
    keys = {key["AttributeName"] for key in index["KeySchema"]} | {"id"}
    held = {*keys, *index["Projection"]["NonKeyAttributes"]}
    shown = {SAID_BY_KEYS.get(name, name) for name in Summary.model_fields}
    assert held - keys <= shown <= held


def test_buckets_are_private_encrypted_and_speak_tls_only(data_stack):
    policies = of_type("AWS::S3::BucketPolicy", data_stack).values()
    for name, bucket in of_type("AWS::S3::Bucket", data_stack).items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        (policy,) = [policy for policy in policies if policy["Bucket"] == {"Ref": name}]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_local_cloud_is_spared_from_tls(data_template, data_stack):
    assert data_template["Conditions"]["OnAws"] == {"Fn::Not": [{"Condition": "Local"}]}
    conditions = {resource.get("Condition") for resource in data_stack.values()}
    assert conditions == {None, "OnAws"}
    assert [name for name, resource in data_stack.items() if "Condition" in resource] == ["PhotosOverTlsOnly"]


@pytest.fixture
def photos(data_stack):
    return data_stack["Photos"]["Properties"]


def test_what_was_sent_and_never_looked_at_is_gone_after_two_days(photos):
    uploads, unfinished = photos["LifecycleConfiguration"]["Rules"]
    assert (uploads["Status"], uploads["Prefix"], uploads["ExpirationInDays"]) == ("Enabled", "uploads/", 2)
    assert unfinished["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_a_photo_that_was_refused_or_blurred_is_gone_in_every_version(photos):
    assert "VersioningConfiguration" not in photos
    assert "ReplicationConfiguration" not in photos


def test_pages_of_the_allowed_origins_may_send_photos_and_show_them(data_template, photos):
    (rule,) = photos["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == {"Ref": "AllowedOrigins"}
    assert data_template["Parameters"]["AllowedOrigins"]["Type"] == "CommaDelimitedList"
    assert set(rule["AllowedMethods"]) == {"GET", "POST"}


def test_only_what_is_sent_is_told_to_the_queue_and_not_what_is_made_of_it(photos):
    (told,) = photos["NotificationConfiguration"]["QueueConfigurations"]
    assert told["Event"] == "s3:ObjectCreated:*"
    assert told["Queue"] == {"Fn::GetAtt": ["PhotosQueue", "Arn"]}
    assert told["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "uploads/"}]


def test_only_s3_may_tell_of_photos_and_only_of_our_bucket(data_stack, photos):
    (policy,) = of_type("AWS::SQS::QueuePolicy", data_stack).values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    bucket = photos["BucketName"]["Fn::Sub"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnEquals": {"aws:SourceArn": {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{bucket}"}},
    }


def test_the_photos_queue_has_a_dead_letter_queue_that_keeps_longer(data_stack):
    queues = of_type("AWS::SQS::Queue", data_stack)
    queue, dead = queues["PhotosQueue"], queues["PhotosDeadLetters"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["PhotosDeadLetters", "Arn"]}
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert dead["MessageRetentionPeriod"] >= queue["MessageRetentionPeriod"] + 3 * 24 * 3600
    assert all(each["SqsManagedSseEnabled"] is True for each in queues.values())


@pytest.fixture
def staff(data_stack):
    (pool,) = of_type("AWS::Cognito::UserPool", data_stack).values()
    return pool


@pytest.fixture
def staff_client(data_stack):
    (client,) = of_type("AWS::Cognito::UserPoolClient", data_stack).values()
    return client


def test_an_account_of_the_staff_is_made_and_recovered_by_an_administrator_only(staff):
    assert staff["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert staff["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "admin_only", "Priority": 1}]
    message = staff["AdminCreateUserConfig"]["InviteMessageTemplate"]["EmailMessage"]
    assert message.count("{username}") == message.count("{####}") == 2  # in both languages


def test_staff_sign_in_with_a_second_factor_but_on_the_local_cloud(data_template, staff):
    assert data_template["Conditions"]["Local"] == {"Fn::Equals": [{"Ref": "Stage"}, "local"]}
    assert staff["MfaConfiguration"] == {"Fn::If": ["Local", "OFF", "ON"]}
    assert staff["EnabledMfas"] == {"Fn::If": ["Local", {"Ref": "AWS::NoValue"}, ["SOFTWARE_TOKEN_MFA"]]}


def test_staff_passwords_are_strong_and_names_are_the_same_in_capitals(staff):
    policy = staff["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] >= 14
    assert all(policy[f"Require{kind}"] is True for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"))
    assert policy["TemporaryPasswordValidityDays"] <= 7
    assert staff["UsernameConfiguration"] == {"CaseSensitive": False}


def test_the_staffs_pool_cannot_be_deleted_by_mistake(staff):
    assert staff["DeletionProtection"] == "ACTIVE"


def test_no_password_is_sent_to_sign_in_but_on_the_local_cloud(staff_client):
    condition, local, elsewhere = staff_client["ExplicitAuthFlows"]["Fn::If"]
    assert condition == "Local"
    assert set(elsewhere) == {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
    assert set(local) == {*elsewhere, "ALLOW_USER_PASSWORD_AUTH"}


def test_the_staffs_client_keeps_no_secret_tells_nobody_who_has_an_account_and_is_soon_signed_out(staff_client):
    assert staff_client["GenerateSecret"] is False
    assert staff_client["PreventUserExistenceErrors"] == "ENABLED"
    assert staff_client["EnableTokenRevocation"] is True
    assert staff_client["TokenValidityUnits"] == {
        "IdToken": "minutes",
        "AccessToken": "minutes",
        "RefreshToken": "hours",
    }
    assert staff_client["IdTokenValidity"] == staff_client["AccessTokenValidity"] == 60
    assert staff_client["RefreshTokenValidity"] == 12
