"""AWS lets a Lambda function do what its role allows and nothing else; LocalStack's open edition allows everything.

Calls made with an assumed role (functions, their event sources and logs, state machines) are checked against the role's
policies and refused with AccessDeniedException. GET /_localstack/fidelity/grants lists every distinct (role, action,
resource, allowed) seen so far, so that a test can also find what was granted and never used; DELETE forgets them.
IAM_ENFORCE=0 turns the refusals off. Conditions in policies are not evaluated, and an action that this file does not
map to a resource is checked by name only.
"""
import json
import os
import re
import threading

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from localstack.aws import handlers
from localstack.aws.api import CommonServiceException
from localstack.http import Resource, Response
from localstack.services.internal import get_internal_apis

ACTIONS = {  # operation -> IAM action, where the names differ
    ("sqs", "SendMessageBatch"): "SendMessage",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("lambda", "Invoke"): "InvokeFunction",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "DeleteObjects"): "DeleteObject",
    ("s3", "CreateMultipartUpload"): "PutObject",
    ("s3", "UploadPart"): "PutObject",
    ("s3", "CompleteMultipartUpload"): "PutObject",
}
PREFIXES = {"stepfunctions": "states", "events": "events", "logs": "logs"}
TRANSACTION_ITEMS = {
    "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem",
}
_seen, _lock = {}, threading.Lock()  # insertion-ordered


def _arn(service, context, rest):
    return rest if rest.startswith("arn:") else f"arn:aws:{service}:{context.region}:{context.account_id}:{rest}"


def _checks(context):
    """The (action, resource) pairs that a call needs; a resource of None means: any resource will do."""
    service, operation, request = context.service.service_name, context.operation.name, context.service_request or {}
    prefix = PREFIXES.get(service, service)
    if service == "dynamodb":
        def table(name, index=None):
            arn = _arn("dynamodb", context, name if name.startswith("arn:") else f"table/{name}")
            return f"{arn}/index/{index}" if index else arn

        if operation in ("TransactWriteItems", "TransactGetItems"):
            return [(f"dynamodb:{TRANSACTION_ITEMS[kind]}", table(item["TableName"]))
                    for entry in request["TransactItems"] for kind, item in entry.items()]
        if operation in ("BatchGetItem", "BatchWriteItem"):
            return [(f"dynamodb:{operation}", table(name)) for name in request["RequestItems"]]
        if "TableName" in request:
            return [(f"dynamodb:{operation}", table(request["TableName"], request.get("IndexName")))]
    action = f"{prefix}:{ACTIONS.get((service, operation), operation)}"
    if service == "sqs" and "QueueUrl" in request:
        return [(action, _arn("sqs", context, request["QueueUrl"].rstrip("/").rsplit("/", 1)[-1]))]
    if service == "logs" and "logStreamName" in request:
        return [(action, _arn("logs", context, f"log-group:{request['logGroupName']}:log-stream:{request['logStreamName']}"))]
    if service == "stepfunctions":
        arn = request.get("stateMachineArn") or request.get("executionArn")
        return [(action, arn)]
    if service == "lambda" and "FunctionName" in request:
        name, qualifier = request["FunctionName"], request.get("Qualifier")
        arn = _arn("lambda", context, name if name.startswith("arn:") else f"function:{name}")
        return [(action, f"{arn}:{qualifier}" if qualifier and not arn.endswith(f":{qualifier}") else arn)]
    if service == "s3" and "Bucket" in request:
        bucket = f"arn:aws:s3:::{request['Bucket']}"
        key = request.get("Key")
        return [(action, f"{bucket}/{key}" if key else (f"{bucket}/*" if operation == "DeleteObjects" else bucket))]
    if service == "events" and operation == "PutEvents":
        buses = {entry.get("EventBusName") or "default" for entry in request["Entries"]}
        return [(action, _arn("events", context, bus if bus.startswith("arn:") else f"event-bus/{bus}")) for bus in buses]
    if service == "sns" and "TopicArn" in request:
        return [(action, request["TopicArn"])]
    if service == "ssm" and "Name" in request:
        return [(action, _arn("ssm", context, "parameter/" + request["Name"].lstrip("/")))]
    if service == "secretsmanager" and "SecretId" in request:
        return [(action, None)]
    return [(action, None)]


def _statements(account, role_arn):
    backend = iam_backends[account]["aws"]
    role = backend.get_role_by_arn(role_arn)
    documents = list(role.policies.values())
    for policy in role.managed_policies.values():
        documents.append(next(v.document for v in policy.versions if v.is_default))
    for document in documents:
        document = json.loads(document) if isinstance(document, str) else document
        statements = document["Statement"]
        yield from statements if isinstance(statements, list) else [statements]


def _list(value):
    return value if isinstance(value, list) else [value]


def _matches(patterns, value, ignore_case=False):
    flags = re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL
    return any(
        re.fullmatch(re.escape(p).replace(r"\*", ".*").replace(r"\?", "."), value, flags) for p in _list(patterns)
    )


def _allowed(statements, action, resource):
    allowed = False
    for s in statements:
        if "Action" in s and not _matches(s["Action"], action, ignore_case=True):
            continue
        if "NotAction" in s and _matches(s["NotAction"], action, ignore_case=True):
            continue
        if resource is not None and "Resource" in s and not _matches(s["Resource"], resource):
            continue
        if s["Effect"] == "Deny":
            return False
        allowed = True
    return allowed


def _enforce(chain, context, response):
    if not context.service or not context.operation:
        return
    found = re.search(r"Credential=([^/]+)/", context.request.headers.get("Authorization", ""))
    assumed = found and sts_backends[context.account_id]["global"].get_assumed_role_from_access_key(found[1])
    assumed = assumed or (found and sts_backends[context.account_id]["aws"].get_assumed_role_from_access_key(found[1]))
    if not assumed or "/cdk-" in assumed.role_arn:  # the deployer's own roles are broad on purpose
        return
    try:
        statements = list(_statements(context.account_id, assumed.role_arn))
    except Exception:
        return  # the role went away with its stack
    for action, resource in _checks(context):
        allowed = _allowed(statements, action, resource)
        _audit(assumed.role_arn, action, resource, allowed)
        if not allowed and os.environ.get("IAM_ENFORCE", "1") != "0":
            raise CommonServiceException(
                "AccessDeniedException",
                f"User: {assumed.role_arn} is not authorized to perform: {action} on resource: {resource or '*'}"
                " because no identity-based policy allows the action",
                status_code=400,
                sender_fault=True,
            )


def _audit(*grant):
    with _lock:
        _seen.setdefault(grant)


class _Grants:
    def on_get(self, request):
        with _lock:
            return Response.for_json([dict(zip(("role", "action", "resource", "allowed"), grant)) for grant in _seen])

    def on_delete(self, request):
        with _lock:
            _seen.clear()
        return Response(status=204)


def apply():
    handlers.serve_custom_service_request_handlers.append(_enforce)
    get_internal_apis().add(Resource("/_localstack/fidelity/grants", _Grants()))
