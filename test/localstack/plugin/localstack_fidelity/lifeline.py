"""Not AWS: LocalStack ends with whoever started it, however that one ended, and at once (LIFELINE=stdin).

Its starter holds the other end of stdin. When that closes, or at SIGTERM, everything ends: DynamoDB Local, the functions
and this process. There is nothing to save: the state is temporary. (In order, it takes up to 20 seconds.)
"""
import os
import shutil
import signal
import sys
import threading

import psutil

from localstack.runtime import events


def apply():
    os.environ["LOCALSTACK_PID"] = str(os.getpid())  # for DynamoDbLocal.java, which also looks after itself
    if os.environ.get("LIFELINE") == "stdin":
        threading.Thread(target=_watch, name="lifeline", daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=_end).start())


def _watch():
    sys.stdin.buffer.read()
    _end(remove=os.environ.get("STATE_FOLDER"))  # else the starter does that


def _end(remove=None):
    events.infra_stopping.set()  # else DynamoDB Local would be started again
    children = psutil.Process().children(recursive=True)
    for child in children:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            pass
    psutil.wait_procs(children, timeout=2)
    if remove:
        shutil.rmtree(remove, ignore_errors=True)
    os._exit(0)
