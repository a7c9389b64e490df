"""LocalStack plugins: Node Lambdas as local processes, and AWS behaviour that LocalStack 4.14.0 leaves out.

Each patch stands in a module of its own and says in its first lines what AWS does.
"""
from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"  # LAMBDA_RUNTIME_EXECUTOR=process

    def load(self, *args, **kwargs):
        from localstack_fidelity.lambda_process import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor


@hooks.on_infra_start()
def apply_patches():
    from localstack.http import Resource
    from localstack.services.internal import get_internal_apis
    from localstack_fidelity import (
        cloudformation_aliases,
        cloudformation_cycles,
        dynamodb_conflicts,
        iam_enforcement,
        lambda_logs,
        lifeline,
        loopback,
        sqs_pollers,
        step_functions,
    )

    patches = (
        cloudformation_aliases,
        cloudformation_cycles,
        dynamodb_conflicts,
        iam_enforcement,
        lambda_logs,
        lifeline,
        loopback,
        sqs_pollers,
        step_functions,
    )
    for patch in patches:
        patch.apply()
    names = [patch.__name__.rsplit(".", 1)[-1] for patch in patches]
    # How a test finds out that these checks are in force.
    get_internal_apis().add(Resource("/_localstack/fidelity", _Names(names)))


class _Names:
    def __init__(self, names):
        self._names = names

    def on_get(self, request):
        return {"patches": self._names}
