"""DynamoDB refuses what meets a transaction on the same item; DynamoDB Local runs one after the other.

- TransactWriteItems while another one holds one of its items: TransactionCanceledException, reason TransactionConflict;
- PutItem, UpdateItem, DeleteItem while a TransactWriteItems holds the item: TransactionConflictException;
- TransactGetItems while any write holds one of its items: TransactionCanceledException.

A request holds its items while it is being served: some milliseconds, as on AWS. DYNAMODB_CONFLICTS=0 turns this off.
"""
import json
import os
import threading

from localstack.aws import handlers
from localstack.aws.api.dynamodb import TransactionCanceledException, TransactionConflictException
from localstack.aws.connect import connect_to

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
MESSAGE = "Transaction is ongoing for the item"

_lock = threading.Lock()
_in_transaction, _in_write = {}, {}  # item -> how many requests hold it
_held = {}  # id of a request's context -> (registry, items), until the request is over
_keys = {}  # (account, region, table) -> names of its key's attributes


def _key_names(context, table):
    place = (context.account_id, context.region, table)
    if place not in _keys:
        client = connect_to(aws_access_key_id=context.account_id, region_name=context.region).dynamodb
        _keys[place] = [key["AttributeName"] for key in client.describe_table(TableName=table)["Table"]["KeySchema"]]
    return _keys[place]


def _item(context, table, values):
    table = table.rsplit("/", 1)[-1]  # a name or an ARN
    key = {name: values.get(name) for name in _key_names(context, table)}
    return (context.account_id, context.region, table, json.dumps(key, sort_keys=True, default=str))


def _items(context, operation, request):
    if operation in ("TransactWriteItems", "TransactGetItems"):
        actions = [action for entry in request["TransactItems"] for action in entry.values()]
        return [_item(context, a["TableName"], a.get("Key") or a["Item"]) for a in actions]
    if operation == "BatchWriteItem":
        return [
            _item(context, table, write["PutRequest"]["Item"] if "PutRequest" in write else write["DeleteRequest"]["Key"])
            for table, writes in request["RequestItems"].items()
            for write in writes
        ]
    return [_item(context, request["TableName"], request.get("Key") or request["Item"])]


def _enter(chain, context, response):
    if not context.service or context.service.service_name != "dynamodb" or not context.operation:
        return
    operation, request = context.operation.name, context.service_request or {}
    if operation in ("CreateTable", "DeleteTable"):
        _keys.pop((context.account_id, context.region, request.get("TableName")), None)
    if operation not in (*WRITES, "TransactWriteItems", "TransactGetItems"):
        return
    try:
        items = _items(context, operation, request)
    except Exception:
        return  # DynamoDB Local says what is wrong with it
    with _lock:
        if operation == "TransactGetItems":
            return _cancel_if([item in _in_transaction or item in _in_write for item in items])
        taken = [item in _in_transaction for item in items]
        if operation == "TransactWriteItems":
            _cancel_if(taken)
        elif any(taken) and operation != "BatchWriteItem":
            raise TransactionConflictException(MESSAGE)
        registry = _in_transaction if operation == "TransactWriteItems" else _in_write
        for item in items:
            registry[item] = registry.get(item, 0) + 1
        _held[id(context)] = (registry, items)


def _cancel_if(taken):
    if not any(taken):
        return
    reasons = [{"Code": "TransactionConflict", "Message": MESSAGE} if t else {"Code": "None"} for t in taken]
    codes = ", ".join(reason["Code"] for reason in reasons)
    raise TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _leave(chain, context, response):
    with _lock:
        registry, items = _held.pop(id(context), ({}, []))
        for item in items:
            registry[item] -= 1
            if registry[item] == 0:
                del registry[item]


def apply():
    if os.environ.get("DYNAMODB_CONFLICTS") != "0":
        handlers.serve_custom_service_request_handlers.append(_enter)
        handlers.run_custom_finalizers.append(_leave)
