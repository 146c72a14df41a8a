from tests.integration.infra.of_type import of_type


def test_what_holds_data_outlives_its_stack(data_stack):
    holds_data = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret")
    for resource in data_stack.values():
        if resource["Type"] in holds_data:
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_tables_are_recoverable_encrypted_and_protected(data_stack):
    for table in of_type("AWS::DynamoDB::Table", data_stack).values():
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert table["SSESpecification"]["SSEEnabled"] is True
        assert table["DeletionProtectionEnabled"] is True
        assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_every_key_of_the_table_and_its_indexes_is_a_string(data_stack):
    for table in of_type("AWS::DynamoDB::Table", data_stack).values():
        keys = table["KeySchema"] + [key for index in table["GlobalSecondaryIndexes"] for key in index["KeySchema"]]
        assert {key["AttributeName"] for key in keys} == {key["AttributeName"] for key in table["AttributeDefinitions"]}
        assert {key["AttributeType"] for key in table["AttributeDefinitions"]} == {"S"}


def test_buckets_are_private_encrypted_and_speak_tls_only(data_stack):
    policies = of_type("AWS::S3::BucketPolicy", data_stack).values()
    for name, bucket in of_type("AWS::S3::Bucket", data_stack).items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        (policy,) = [policy for policy in policies if policy["Bucket"] == {"Ref": name}]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
