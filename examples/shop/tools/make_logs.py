"""Writes a day of CloudTrail events of the shop's account: ordinary work, and one night's intrusion.

    python tools/make_logs.py [FILE]

This is what the organisation's own trail saw, which nobody in the account can stop. The seed is fixed, so the file is the
same every time. Addresses are from the documentation ranges (RFC 5737, RFC 3849).
Needs nothing but Python.
"""

import json
import random
import sys
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

SEED = 20261120
ACCOUNT = "111122223333"
REGION = "eu-central-1"
DAY = datetime(2026, 11, 20, tzinfo=timezone.utc)
TARGET = Path(__file__).resolve().parents[1] / "logs" / "cloudtrail" / "2026-11-20.jsonl"

OFFICE = ["203.0.113.10", "203.0.113.11", "203.0.113.24"]
RUNNERS = ["198.51.100.21", "198.51.100.22", "198.51.100.87"]
CLUSTER = ["10.20.10.14", "10.20.11.9"]
STRANGER = "192.0.2.77"
STRANGER_6 = "2001:db8:85a3::8a2e:370:7334"

CONSOLE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
PIPELINE = "aws-cli/2.17.60 md/awscrt#0.21.2 ua/2.0 os/linux lang/python#3.12.6"
BOTO = "Boto3/1.35.30 md/Botocore#1.35.30 ua/2.0 os/linux lang/python#3.11.10"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.9.5 terraform-provider-aws/5.68.0"
STRANGER_AGENT = "aws-cli/1.22.34 Python/3.10.12 Linux/6.1.0-kali9-amd64 botocore/1.23.34"

# No such ids are ever issued: real ones have neither 0 nor 1 (base32).
RELEASE_KEY = "AKIASHOPRE1EAEXAMPLE"
METRICS_KEY = "AKIASHOPMETR1EXAMPLE"


class Log:
    """The events of the day."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.events = []

    def add(self, when, source, name, who, ip, agent, **more):
        """Add one event; `more` may hold request, response, error, read, region and data."""
        event = {
            "eventVersion": "1.09",
            "userIdentity": who,
            "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "awsRegion": more.get("region", "us-east-1" if source in ("iam", "sts", "signin") else REGION),
            "sourceIPAddress": ip,
            "userAgent": agent,
        }
        if "error" in more:
            event["errorCode"] = more["error"]
            event["errorMessage"] = f"User: {who.get('arn', '')} is not authorized to perform: {source}:{name}"
        event["requestParameters"] = more.get("request")
        event["responseElements"] = more.get("response")
        event["eventID"] = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        event["readOnly"] = more.get("read", name.startswith(("Get", "List", "Describe", "Lookup", "Assume", "Head")))
        event["eventType"] = "AwsConsoleSignIn" if source == "signin" else "AwsApiCall"
        event["managementEvent"] = not more.get("data", False)
        event["recipientAccountId"] = ACCOUNT
        self.events.append(event)
        return event

    def at(self, hour, minute=0, spread=0):
        """Return a time of the day, up to `spread` minutes late."""
        return DAY + timedelta(hours=hour, minutes=minute, seconds=self.random.randrange(60 * spread + 1))


def user(name, key=""):
    """Return the identity of an IAM user."""
    who = {
        "type": "IAMUser",
        "principalId": f"AIDA{name.upper().replace('-', '')[:9]:0<9}EXAMPLE",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "userName": name,
    }
    return {**who, "accessKeyId": key} if key else who


def role(name, session):
    """Return the identity of an assumed role."""
    return {
        "type": "AssumedRole",
        "principalId": f"AROA{name.upper().replace('-', '')[:9]:0<9}EXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
    }


def backend(log):
    """The back end writes and reads invoices, all day, more by day than by night."""
    who = role("shop-backend", "eks-shop-backend")
    for hour in range(24):
        for _ in range(3 if hour < 7 else 9):
            number = log.random.randrange(40000, 41000)
            name = log.random.choice(["PutObject", "GetObject", "GetObject"])
            request = {"bucketName": "corner-shop-invoices", "key": f"2026/{number}.pdf"}
            ip = log.random.choice(CLUSTER)
            log.add(log.at(hour, spread=59), "s3", name, who, ip, BOTO, request=request, data=True)


def releases(log):
    """Three releases on the day, by the pipeline, from its runners."""
    who = user("shop-release", RELEASE_KEY)
    for hour, minute in ((9, 12), (13, 47), (16, 38)):
        ip, agent = log.random.choice(RUNNERS), PIPELINE
        log.add(log.at(hour, minute), "sts", "GetCallerIdentity", who, ip, agent)
        for name in ("DescribeCluster", "ListNodegroups", "DescribeNodegroup"):
            log.add(log.at(hour, minute + 1, 1), "eks", name, who, ip, agent, request={"name": "shop"})
        for _ in range(6):
            log.add(log.at(hour, minute + 2, 3), "ecr", "DescribeImages", who, ip, agent, request={"repositoryName": "backend"})


def people(log):
    """Two of the platform team look after things; one has mistyped a password."""
    for name, hour in (("hana", 8), ("jonas", 10)):
        who, ip = user(name), log.random.choice(OFFICE)
        if name == "jonas":
            failed = {"ConsoleLogin": "Failure"}
            log.add(log.at(hour, 2), "signin", "ConsoleLogin", who, ip, CONSOLE, response=failed, read=False)
        done = {"ConsoleLogin": "Success"}
        log.add(log.at(hour, 3), "signin", "ConsoleLogin", who, ip, CONSOLE, response=done, read=False)
        for _ in range(14):
            source, call = log.random.choice(
                [
                    ("ec2", "DescribeInstances"),
                    ("rds", "DescribeDBInstances"),
                    ("cloudwatch", "DescribeAlarms"),
                    ("cloudwatch", "GetMetricData"),
                    ("eks", "ListClusters"),
                    ("s3", "ListBuckets"),
                    ("cloudtrail", "LookupEvents"),
                ]
            )
            log.add(log.at(hour, 5, 170), source, call, who, ip, CONSOLE)
    plan = role("shop-terraform", "hana")
    for call in ("DescribeVpcs", "DescribeSubnets", "DescribeSecurityGroups", "DescribeInstances", "DescribeKeyPairs"):
        log.add(log.at(11, 20, 4), "ec2", call, plan, OFFICE[0], TERRAFORM)
    request = {"name": "shop-hana-laptop", "description": "hana's new key"}
    log.add(log.at(11, 31), "ec2", "ImportKeyPair", plan, OFFICE[0], TERRAFORM, request=request)


def scheduled(log):
    """Services of AWS itself do their rounds."""
    for hour in range(24):
        who = {"type": "AWSService", "invokedBy": "config.amazonaws.com"}
        request = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"}
        log.add(log.at(hour, 17), "sts", "AssumeRole", who, "config.amazonaws.com", "config.amazonaws.com", request=request)
        who = {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
        log.add(log.at(hour, 40), "s3", "GetBucketAcl", who, "cloudtrail.amazonaws.com", "cloudtrail.amazonaws.com",
                request={"bucketName": "corner-shop-trail"})  # fmt: skip


def load_test(log):
    """In the evening somebody opens the database for a load test, by hand, and forgets it."""
    who, ip = user("jonas"), OFFICE[1]
    permission = {"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}
    request = {"groupId": "sg-0d1e2f30415263748", "ipPermissions": {"items": [permission]}}
    log.add(log.at(18, 5), "ec2", "AuthorizeSecurityGroupIngress", who, ip, CONSOLE, request=request)
    request = {"dBInstanceIdentifier": "shop-stock", "backupRetentionPeriod": 0, "applyImmediately": True}
    log.add(log.at(18, 9), "rds", "ModifyDBInstance", who, ip, CONSOLE, request=request)


def intrusion(log):
    """At night somebody uses the release pipeline's key from elsewhere.

    1. who am I, what may I do      2. a user of their own, with a key and all rights
    3. the trail goes dark          4. the invoices leave
    """
    stolen, ip, agent = user("shop-release", RELEASE_KEY), STRANGER, STRANGER_AGENT
    log.add(log.at(3, 11), "sts", "GetCallerIdentity", stolen, ip, agent)
    for number, (source, call) in enumerate(
        [
            ("iam", "ListUsers"),
            ("iam", "ListRoles"),
            ("iam", "ListAttachedUserPolicies"),
            ("iam", "GetAccountAuthorizationDetails"),
            ("s3", "ListBuckets"),
            ("ec2", "DescribeInstances"),
            ("ec2", "DescribeSecurityGroups"),
            ("rds", "DescribeDBInstances"),
            ("secretsmanager", "ListSecrets"),
            ("cloudtrail", "DescribeTrails"),
            ("cloudtrail", "GetTrailStatus"),
        ]
    ):
        log.add(log.at(3, 12) + timedelta(seconds=9 * number), source, call, stolen, ip, agent)
    for call in ("ListHandshakesForOrganization", "ListAccounts"):
        log.add(log.at(3, 15, 1), "organizations", call, stolen, ip, agent, error="AccessDenied")

    name = {"userName": "svc-metrics"}
    created = {"user": {**name, "arn": f"arn:aws:iam::{ACCOUNT}:user/svc-metrics"}}
    log.add(log.at(3, 21) + timedelta(seconds=47), "iam", "CreateUser", stolen, ip, agent, request=name, response=created)
    key = {"accessKey": {**name, "accessKeyId": METRICS_KEY, "status": "Active"}}
    log.add(log.at(3, 22) + timedelta(seconds=31), "iam", "CreateAccessKey", stolen, ip, agent, request=name, response=key)
    request = {**name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    log.add(log.at(3, 23) + timedelta(seconds=2), "iam", "AttachUserPolicy", stolen, ip, agent, request=request)

    own = user("svc-metrics", METRICS_KEY)
    trail = {"name": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/corner-shop"}
    log.add(log.at(3, 29), "sts", "GetCallerIdentity", own, STRANGER_6, agent)
    log.add(log.at(3, 30), "cloudtrail", "StopLogging", own, STRANGER_6, agent, request=trail)

    request = {"bucketName": "corner-shop-invoices", "bucketPolicy": {"Statement": [{"Effect": "Allow", "Principal": "*"}]}}
    open_block = {"bucketName": "corner-shop-invoices", "PublicAccessBlockConfiguration": {"BlockPublicPolicy": False}}
    log.add(log.at(3, 33), "s3", "PutBucketPublicAccessBlock", own, STRANGER_6, agent, request=open_block)
    log.add(log.at(3, 34), "s3", "PutBucketPolicy", own, STRANGER_6, agent, request=request, error="AccessDenied")
    listing = {"bucketName": "corner-shop-invoices", "list-type": "2"}
    log.add(log.at(3, 36), "s3", "ListObjects", own, STRANGER_6, agent, request=listing, data=True)
    for number in range(96):
        request = {"bucketName": "corner-shop-invoices", "key": f"2026/{40000 + 3 * number}.pdf"}
        when = log.at(3, 37) + timedelta(seconds=12 * number)
        log.add(when, "s3", "GetObject", own, STRANGER_6, agent, request=request, data=True)
    log.add(log.at(3, 58) + timedelta(seconds=12), "cloudtrail", "DeleteTrail", own, STRANGER_6, agent, request=trail)


def main():
    """Write the file."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    log = Log(SEED)
    for part in (backend, releases, people, scheduled, load_test, intrusion):
        part(log)
    log.events.sort(key=lambda event: (event["eventTime"], event["eventID"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(json.dumps(event, separators=(",", ":")) + "\n" for event in log.events), encoding="utf-8")


if __name__ == "__main__":
    main()
