/** The workflows that can be started here. */
import { z } from "zod";
import { TreelineError } from "../kernel/errors.ts";
import { route, type Route } from "./route.ts";
import { WorkflowShape } from "./shapes.ts";
import { describeWorkflow } from "./workflow-schemas.ts";

const list = route(
  {
    method: "GET",
    path: "/workflows",
    scope: "none",
    name: "listWorkflows",
    summary: "The workflows that can be started, with JSON Schemas of what they take and give",
    answers: { 200: { description: "Workflows", schema: z.object({ workflows: z.array(WorkflowShape) }) } },
  },
  async ({ served }) => ({ value: { workflows: served.workflows.map(describeWorkflow) } }),
);

const get = route(
  {
    method: "GET",
    path: "/workflows/{id}",
    scope: "none",
    name: "getWorkflow",
    summary: "One workflow by its name",
    answers: { 200: { description: "The workflow", schema: WorkflowShape } },
    problems: [404],
  },
  async ({ served, id }) => {
    const found = served.workflows.find(({ name }) => name === id);
    if (found !== undefined) return { value: describeWorkflow(found) };
    const known = served.workflows.map(({ name }) => name).join(", ");
    throw new TreelineError("workflow_unknown", `there is no workflow ${id} here; there are: ${known || "none"}`);
  },
);

export const workflowRoutes: readonly Route[] = [list, get];
