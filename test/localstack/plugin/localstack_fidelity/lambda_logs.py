"""AWS writes a function's log into the log group that its configuration names, with the function's role, and creates
streams there but no groups. LocalStack writes to /aws/lambda/NAME whatever was configured, and creates that group.

A function without a group of its own keeps the original way.
"""
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.logs import LogHandler
from localstack.aws.connect import connect_to
from localstack.utils.aws.client_types import ServicePrincipal


def apply():
    default_name, add_logs = ExecutionEnvironment.get_log_group_name, LogHandler.add_logs

    def get_log_group_name(self):
        return (self.function_version.config.logging_config or {}).get("LogGroup") or default_name(self)

    def with_stream(self, log_item):
        streams = self.__dict__.setdefault("streams", set())
        stream = (log_item.log_group, log_item.log_stream)
        if stream not in streams and not log_item.log_group.startswith("/aws/lambda/"):
            streams.add(stream)
            logs = connect_to.with_assumed_role(
                region_name=self.region, role_arn=self.role_arn, service_principal=ServicePrincipal.lambda_
            ).logs
            try:
                logs.create_log_stream(logGroupName=log_item.log_group, logStreamName=log_item.log_stream)
            except Exception:  # it is there, or may not be made: writing to it will tell
                pass
        add_logs(self, log_item)

    ExecutionEnvironment.get_log_group_name, LogHandler.add_logs = get_log_group_name, with_stream
