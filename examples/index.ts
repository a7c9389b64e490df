/** All examples: what `cdk deploy` puts on AWS unless it is given another module. */
export * from "./approval.ts";
export * from "./fan-out.ts";
export * from "./parent-child.ts";
export * from "./parent-close-policy.ts";
export { sendReceipt } from "./fire-and-forget.ts";
export { default as purchase } from "./approval.ts";
export { default as album } from "./fan-out.ts";
export { default as takeOrder } from "./fire-and-forget.ts";
export { default as parentWorkflow } from "./parent-child.ts";
export { default as closingParent } from "./parent-close-policy.ts";
export { default as welcome } from "./triggered.ts";
