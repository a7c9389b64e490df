"""How AWS Lambda reads an SQS event source, and LocalStack does not:

- a message is taken within milliseconds (LocalStack sleeps 0.5 to 1.5 s after an empty poll: here, long polls);
- several batches of one source run at once (LocalStack runs one after another): SQS_EVENT_SOURCE_CONCURRENCY, default 8;
- a message is received only when a batch can run at once, so none waits while its visibility timeout runs.

A FIFO queue keeps the original, sequential way.
"""
import os
import threading
from concurrent.futures import ThreadPoolExecutor

from localstack.services.lambda_.event_source_mapping.pollers.poller import EmptyPollResultsException
from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

CONCURRENCY = int(os.environ.get("SQS_EVENT_SOURCE_CONCURRENCY", "8"))
LONG_POLL_SECONDS = 2  # returns with the first message; also how long a deleted mapping may linger


def apply():
    create, poll, handle, close = SqsPoller.__init__, SqsPoller.poll_events, SqsPoller.handle_messages, SqsPoller.close

    def __init__(self, *args, **kwargs):
        create(self, *args, **kwargs)
        self.maximum_batching_window = self.maximum_batching_window or LONG_POLL_SECONDS
        self._pool = ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="sqs-batch")
        self._slots = threading.Semaphore(CONCURRENCY)
        self._slot_is_held = False  # by the thread that polls

    def poll_events(self):
        if not self._slots.acquire(timeout=LONG_POLL_SECONDS):
            return  # the caller looks whether it should end, and comes back
        self._slot_is_held = True
        try:
            poll(self)
        except EmptyPollResultsException:
            pass  # the long poll was the pause
        finally:
            if self._slot_is_held:
                self._slot_is_held = False
                self._slots.release()

    def handle_messages(self, messages):
        if self.is_fifo_queue:
            return handle(self, messages)
        if not self._slot_is_held:  # a second batch of the same poll
            self._slots.acquire()
        self._slot_is_held = False  # from here on the batch holds it

        def batch():
            try:
                handle(self, messages)
            except Exception:
                pass  # as in the original: not deleted, so visible again after the visibility timeout
            finally:
                self._slots.release()

        self._pool.submit(batch)

    def close_poller(self):
        self._pool.shutdown(wait=False)
        close(self)

    SqsPoller.__init__, SqsPoller.poll_events = __init__, poll_events
    SqsPoller.handle_messages, SqsPoller.close = handle_messages, close_poller
