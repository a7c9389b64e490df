"""What AWS does and LocalStack's Step Functions does not:

- every attempt of a Retry gets a task token of its own;
- StopExecution ends a state that waits for its token at once, and the execution ends ABORTED,
  with the error and the cause that StopExecution was given;
- a task ends once: an answer for one that is over (answered, timed out, stopped) is TaskTimedOut, not a success, not
  InvalidToken, which is for what was never a token;
- an input or an output is at most 262,144 bytes.
"""
import functools
import threading

from localstack.aws import handlers
from localstack.aws.api import CommonServiceException
from localstack.aws.api.stepfunctions import InvalidToken, TaskDoesNotExist, TaskTimedOut
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.resource import (
    ResourceCondition,
)
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from localstack.services.stepfunctions.asl.eval.callback.callback import (
    CallbackConsumerTimeout,
    CallbackNotifyConsumerError,
    CallbackPoolManager,
)
from localstack.services.stepfunctions.asl.eval.environment import Environment
from localstack.services.stepfunctions.asl.eval.program_state import ProgramStopped
from localstack.services.stepfunctions.backend.execution import BaseExecutionWorkerCommunication
from localstack.services.stepfunctions.provider import StepFunctionsProvider

MAX_BYTES = 262_144


def apply():
    _fresh_token_per_attempt()
    _stop_ends_a_waiting_task()
    _stop_keeps_error_and_cause()
    _a_task_ends_once()
    handlers.serve_custom_service_request_handlers.append(_bound_payloads)


def _fresh_token_per_attempt():
    evaluate = StateTaskServiceCallback._eval_execution

    def _eval_execution(self, env):
        if self.resource.condition == ResourceCondition.WaitForTaskToken:
            env.callback_pool_manager.add(env.states.context_object.update_task_token())
        return evaluate(self, env)

    StateTaskServiceCallback._eval_execution = _eval_execution


def _stop_ends_a_waiting_task():
    stop = Environment.set_stop

    def set_stop(self, *args, **kwargs):
        stop(self, *args, **kwargs)
        if not self._is_frame:
            for endpoint in list(self.callback_pool_manager._pool.values()):
                endpoint.report(endpoint.consumer_error or CallbackConsumerTimeout())
                endpoint.interrupt_all()

    def keep_stopped(original):
        def wrapped(self, *args, **kwargs):
            if not isinstance(self._program_state, ProgramStopped):
                original(self, *args, **kwargs)

        return wrapped

    Environment.set_stop = set_stop
    Environment.set_error = keep_stopped(Environment.set_error)
    Environment.set_timed_out = keep_stopped(Environment.set_timed_out)


def _stop_keeps_error_and_cause():
    reflect = BaseExecutionWorkerCommunication._reflect_execution_status

    def _reflect_execution_status(self):
        reflect(self)
        state = self.execution.exec_worker.env.program_state()
        if isinstance(state, ProgramStopped):
            self.execution.error, self.execution.cause = state.error, state.cause

    BaseExecutionWorkerCommunication._reflect_execution_status = _reflect_execution_status


def _a_task_ends_once():
    add, notify, tokens, lock = CallbackPoolManager.add, CallbackPoolManager.notify, set(), threading.Lock()

    def add_and_remember(self, callback_id):
        tokens.add(callback_id)
        return add(self, callback_id)

    def notify_once(self, callback_id, outcome):
        with lock:
            endpoint = self.get(callback_id)
            if endpoint is not None and endpoint.get_outcome() is not None:
                raise CallbackNotifyConsumerError(CallbackConsumerTimeout())
            return notify(self, callback_id, outcome)

    def over_rather_than_invalid(send):
        @functools.wraps(send)
        def wrapped(self, context, task_token, *args, **kwargs):
            try:
                return send(self, context, task_token, *args, **kwargs)
            except (InvalidToken, TaskDoesNotExist, TaskTimedOut):
                if task_token not in tokens:
                    raise
                raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")

        return wrapped

    CallbackPoolManager.add, CallbackPoolManager.notify = add_and_remember, notify_once
    for name in ("send_task_success", "send_task_failure", "send_task_heartbeat"):
        setattr(StepFunctionsProvider, name, over_rather_than_invalid(getattr(StepFunctionsProvider, name)))


def _bound_payloads(chain, context, response):
    if not context.service or context.service.service_name != "stepfunctions" or not context.service_request:
        return
    for name in ("input", "output"):
        value = context.service_request.get(name)
        if isinstance(value, str) and len(value.encode()) > MAX_BYTES:
            raise CommonServiceException(
                "ValidationException",
                f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MAX_BYTES}",
                sender_fault=True,
            )
