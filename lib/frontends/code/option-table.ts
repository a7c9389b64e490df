/** Every option of the code front-end, by the name of its type. */
import { AUTHOR_OPTIONS } from "../../kernel/option-table.ts";
import { type Fields, flag, options, standardSchema } from "../../kernel/options.ts";
import type { WorkflowOptions } from "../../kernel/definition.ts";
import type { ExecuteWorkflowOptions } from "./execute-workflow.ts";
import type { CodeWorkflowOptions } from "./workflow.ts";

const ofWorkflow = AUTHOR_OPTIONS.WorkflowOptions.fields as Fields<WorkflowOptions>;
const { id, executionTimeout, parentClosePolicy } = AUTHOR_OPTIONS.StartOptions.fields as Fields<{
  id: unknown;
  executionTimeout: unknown;
  parentClosePolicy: unknown;
}>;

export const FRONTEND_OPTIONS = {
  CodeWorkflowOptions: options<CodeWorkflowOptions>({ ...ofWorkflow, input: standardSchema, output: standardSchema }, [
    "name",
  ]),
  ExecuteWorkflowOptions: options<ExecuteWorkflowOptions>({
    wait: flag,
    executionTimeout,
    executionId: id,
    parentClosePolicy,
    durable: flag,
  }),
};
