/** One execution under test, as it stands. */
import type {
  ClientHandle,
  ExecutionDetail,
  ExecutionEvent,
  OperationView,
  TreeNode,
  WaitView,
} from "../ports/client.ts";
import type { TestEngine } from "./test-engine.ts";

export class TestRun<O = unknown> {
  readonly executionId: string;
  readonly #engine: TestEngine;
  readonly #handle: ClientHandle<O>;
  #ended = false;

  constructor(engine: TestEngine, handle: ClientHandle<O>) {
    this.executionId = handle.executionId;
    this.#engine = engine;
    this.#handle = handle;
    const note = (): void => {
      this.#ended = true;
    };
    handle.outcome().then(note, note);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Its result; throws ChildExecutionError when it ended otherwise, and at once when it waits for somebody outside. */
  async result(): Promise<O> {
    await this.#follow();
    if (this.#ended) return this.#handle.result();
    const waits = (await this.pending()).map(({ kind, name, path }) => `${path} waits at ${kind} ${name}`);
    throw new Error(
      `${this.executionId} has not ended and waits for somebody outside: ${waits.join("; ") || "nothing is pending"}. ` +
        "Answer it, or let its deadline pass with engine.advance()",
    );
  }

  detail(): Promise<ExecutionDetail> {
    return this.#engine.client.get(this.executionId);
  }

  /** The operation of that name, the first or the one of that index. */
  async getOperation(name: string, index = 0): Promise<OperationView | undefined> {
    const { operations } = await this.detail();
    return operations.filter((operation) => operation.name === name)[index];
  }

  tree(): Promise<TreeNode> {
    return this.#engine.client.tree(this.executionId);
  }

  /** What the tree waits for. */
  pending(): Promise<readonly WaitView[]> {
    return this.#engine.client.pending(this.executionId);
  }

  async getHistoryEvents(): Promise<readonly ExecutionEvent[]> {
    const events: ExecutionEvent[] = [];
    for await (const event of this.#engine.client.events(this.executionId)) events.push(event);
    return events;
  }

  async signal(name: string, payload?: unknown): Promise<void> {
    await this.#engine.client.signal(this.executionId, name, payload);
    await this.#follow();
  }

  #follow(): Promise<void> {
    return this.#engine.follow({ executionId: this.executionId, ended: () => this.#ended });
  }
}
