/** `treeline/cdk`: Treeline in an app of your own. */
export { Treeline } from "./constructs/treeline.ts";
export { TreelineStack, type TreelineStackProps } from "./stacks/treeline-stack.ts";
export type { ApiAuth } from "./constructs/api.ts";
export type { ExecutorProps } from "./constructs/executor.ts";
export type {
  AlarmOptions,
  CompletionTarget,
  RunWorkflowProps,
  TestingOptions,
  TreelineProps,
  WaitOptions,
} from "./constructs/treeline-props.ts";
