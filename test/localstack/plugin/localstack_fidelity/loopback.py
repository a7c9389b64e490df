"""Not AWS: the gateway listens on the addresses of GATEWAY_LISTEN; LocalStack listens on all of the machine's.

DynamoDB Local listens on 127.0.0.1 only (DynamoDbLocal.java), so it is asked there, not on `localhost`.
"""
from twisted.internet import endpoints

from localstack import config
from localstack.services.dynamodb import server as dynamodb
from localstack.runtime.server import twisted


def apply():
    listen = endpoints.TCP4ServerEndpoint
    hosts = {address.port: address.host for address in config.GATEWAY_LISTEN}

    def listen_there(reactor, port, **kwargs):
        return listen(reactor, port, interface=hosts.get(port, "127.0.0.1"), **kwargs)

    class Endpoints:  # what that module, and only it, sees of twisted's
        TCP4ServerEndpoint = staticmethod(listen_there)
        TCP6ServerEndpoint = endpoints.TCP6ServerEndpoint

    twisted.endpoints = Endpoints
    create = dynamodb.DynamodbServer.__init__

    def __init__(self, port=None, host="127.0.0.1", db_path=None):
        create(self, port, host, db_path)

    dynamodb.DynamodbServer.__init__ = __init__
