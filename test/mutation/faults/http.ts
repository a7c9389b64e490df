import type { FaultMutant } from "../fault-mutant.ts";

export const http: readonly FaultMutant[] = [
  {
    fault: "B14",
    file: "lib/api/event-stream.ts",
    find: "    pull: (controller: Controller) => {",
    replace:
      "    start: (controller: Controller) => {\n      stream = new EventStream(call, filter);\n      return stream.begin(controller);\n    },\n    pull: (controller: Controller) => {",
    why: "a stream sets its heartbeat timer before its body is read",
    test: "test/unit/api/events.test.ts",
  },
  {
    fault: "B14",
    file: "lib/api/api.ts",
    find: '.filter(([name]) => !isHead || name !== "wait")',
    replace: ".filter(() => !isHead || true)",
    why: "HEAD waits as long as GET",
    test: "test/unit/api/events.test.ts",
  },
  {
    fault: "C14",
    file: "lib/api/event-routes.ts",
    find: "const isOver = after !== undefined && ",
    replace: "const isOver = after === undefined && ",
    why: "a stream begins before its cursor is checked",
    test: "test/unit/api/events.test.ts",
  },
  {
    fault: "C15",
    file: "lib/api/event-routes.ts",
    find: "ended: rest?.allEnded === true });\n  }",
    replace: "ended: false });\n  }",
    why: "a page without a wait never says that all has ended",
    test: "test/unit/api/events.test.ts",
  },
  {
    fault: "D8",
    file: "lib/api/body.ts",
    find: 'throw new TreelineError("malformed_request", "the body broke off before its end", { cause });',
    replace: "throw cause;",
    why: "a client that breaks off its body counts as a failure of the API",
    test: "test/unit/api/server.test.ts",
  },
];
