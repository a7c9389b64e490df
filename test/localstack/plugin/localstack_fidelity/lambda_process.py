"""Lambda functions for Node as processes, behind a real Runtime API: one process per environment.

As on AWS: an environment is frozen between invocations (work left behind after the answer stands still until the next
one; LAMBDA_FREEZE=0 turns it off), killed at its timeout, replaced after a crash; an answer has at most 6 MB.
"""
import json
import logging
import os
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

LOG = logging.getLogger(__name__)
RUNTIME = str(Path(__file__).with_name("lambda_runtime.mjs"))
API = "/2018-06-01/runtime/"
MAX_RESPONSE_BYTES = 6_291_556
FREEZE = os.environ.get("LAMBDA_FREEZE") != "0"


class _Api(BaseHTTPRequestHandler):  # the Lambda Runtime API, one server per environment
    protocol_version = "HTTP/1.1"

    def log_message(self, *a): ...

    def _send(self, status, body=b"", headers=()):
        self.send_response(status)
        for k, v in headers:
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        ex = self.server.executor
        ex.ready.set()  # the first /next means that init succeeded
        inv = ex.next_invocation(self.server.generation)
        if inv is None or ex.generation != self.server.generation:
            return self._send(410)
        self._send(200, inv["payload"].encode(), [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", inv["invoke-id"]),
            ("Lambda-Runtime-Invoked-Function-Arn", inv["invoked-function-arn"]),
            ("Lambda-Runtime-Deadline-Ms", str(inv["deadline"])),
            ("Lambda-Runtime-Trace-Id", inv.get("trace-id") or ""),
        ])

    def do_POST(self):
        ex = self.server.executor
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(202, b"{}")
        if self.server.generation != ex.generation:
            return  # a late answer of a killed process
        if self.path.startswith(API + "init/error"):
            ex.init_error = body
            ex.ready.set()
        else:
            ex.outbox.put((self.path.rsplit("/", 1)[-1] == "error", body))


class ProcessRuntimeExecutor(RuntimeExecutor):
    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self.env, self.proc, self.server = {}, None, None
        self.generation, self.lines, self.tmp = 0, [], None

    # --- lifecycle -------------------------------------------------------------------
    def start(self, env_vars):
        self.env = {k: str(v) for k, v in env_vars.items()}  # some values are ints
        self._spawn()
        if not self.ready.wait(config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT):
            self._kill()
            raise LambdaRuntimeException("process did not ask for its first invocation in time")
        if self.init_error is not None:
            self._kill()
            raise StatusErrorException("Environment startup failed", payload=self.init_error)

    def _spawn(self):
        self.generation += 1
        self.ready, self.init_error = threading.Event(), None
        self.inbox, self.outbox = queue.Queue(), queue.Queue()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
        self.server.daemon_threads = True
        self.server.executor, self.server.generation = self, self.generation
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        code = str(self.function_version.config.code.get_unzipped_code_location())
        self.tmp = self.tmp or tempfile.mkdtemp(prefix="lambda-tmp-")
        env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "en_US.UTF-8", "HOME": self.tmp,
            "NODE_PATH": os.environ.get("LAMBDA_PROCESS_NODE_PATH", ""), **self.env,
            "LAMBDA_TASK_ROOT": code, "LAMBDA_RUNTIME_DIR": code, "TMPDIR": self.tmp,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_address[1]}",
        }
        self.proc = subprocess.Popen(
            [self._node(), "--enable-source-maps", RUNTIME], cwd=code, env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            # A group, not a session, of its own: should LocalStack be killed, the system wakes and hangs up a frozen one.
            process_group=0,
        )
        threading.Thread(target=self._pump, args=(self.proc, self.generation), daemon=True).start()

    def _node(self):  # nodejs22.x -> $LAMBDA_NODE_22, else node on PATH
        major = str(self.function_version.config.runtime).split("nodejs")[-1].split(".")[0]
        return os.environ.get(f"LAMBDA_NODE_{major}") or shutil.which("node")

    def _pump(self, proc, generation):
        for line in proc.stdout:
            self.lines.append(line)
        proc.wait()
        if generation == self.generation:  # died by itself: unblock whoever waits
            err = {"errorType": "Runtime.ExitError", "errorMessage": f"Runtime exited with error: exit status {proc.returncode}"}
            if not self.ready.is_set():
                self.init_error = json.dumps(err).encode()
                self.ready.set()
            self.outbox.put((True, json.dumps(err).encode()))

    def _kill(self):
        self.generation += 1
        proc, server = self.proc, self.server
        self.proc = self.server = None
        if proc and proc.poll() is None:
            try:
                os.killpg(proc.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.inbox.put(None)
        if server:
            server.shutdown()
            server.server_close()

    def stop(self):
        if self.proc or self.server:
            self._kill()
        shutil.rmtree(self.tmp or "", ignore_errors=True)

    def next_invocation(self, generation):  # called when the process asks for work, so it waits for our answer
        try:
            return self.inbox.get_nowait()
        except queue.Empty:
            self._signal(signal.SIGSTOP, generation)
        try:
            return self.inbox.get()
        finally:
            self._signal(signal.SIGCONT, generation)

    def _signal(self, number, generation):
        proc = self.proc
        if FREEZE and proc and generation == self.generation and proc.poll() is None:
            try:
                os.killpg(proc.pid, number)
            except ProcessLookupError:
                pass

    # --- invoke ----------------------------------------------------------------------
    def invoke(self, payload):
        request_id, timeout = payload["invoke-id"], self.function_version.config.timeout
        if self.proc is None or self.proc.poll() is not None:  # after a timeout or a crash
            if self.proc or self.server:
                self._kill()
            self.start(self.env)
        self.lines.append(f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n")
        begin = time.time()
        self.inbox.put({**payload, "deadline": int((begin + timeout) * 1000)})
        try:
            is_error, body = self.outbox.get(timeout=timeout)
        except queue.Empty:
            self._kill()
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
            is_error, body = True, json.dumps({
                "errorType": "Sandbox.Timedout",
                "errorMessage": f"{stamp} {request_id} Task timed out after {timeout:.2f} seconds"}).encode()
        if not is_error and len(body) > MAX_RESPONSE_BYTES:
            is_error, body = True, json.dumps({
                "errorType": "Function.ResponseSizeTooLarge",
                "errorMessage": f"Response payload size ({len(body)} bytes) exceeded maximum allowed payload size "
                                f"({MAX_RESPONSE_BYTES} bytes)."}).encode()
        time.sleep(0.01)  # let the pump see the last log lines
        ms = (time.time() - begin) * 1000
        logs, self.lines = "".join(self.lines), []
        logs += f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {ms:.2f} ms\n"
        return InvocationResult(request_id, body, is_error=is_error, logs=logs)

    # --- the rest of the interface -----------------------------------------------------
    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):  # -> AWS_ENDPOINT_URL=http://127.0.0.1:<gateway port>
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self):
        return "".join(self.lines)

    @classmethod
    def prepare_version(cls, function_version):
        if not str(function_version.config.runtime).startswith("nodejs"):
            raise NotImplementedError(f"process executor: runtime {function_version.config.runtime}")
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version): ...
