// Minimal Lambda runtime client for Node (CommonJS and ESM handlers, async or callback style). Started by
// lambda_process.py; plain JavaScript, because it runs under the Node of the function.
import { existsSync } from "node:fs";
import http from "node:http"; // not fetch: undici gives up on a long poll after 300 s
import path from "node:path";
import { isNativeError } from "node:util/types";
import { pathToFileURL } from "node:url";

const { AWS_LAMBDA_RUNTIME_API = "", LAMBDA_TASK_ROOT = "", _HANDLER = "" } = process.env;
const [host, port] = AWS_LAMBDA_RUNTIME_API.split(":");

/**
 * @param {string} method
 * @param {string} where
 * @param {string} [body]
 * @returns {Promise<{ status: number | undefined, headers: http.IncomingHttpHeaders, text: string }>}
 */
function call(method, where, body) {
  return new Promise((resolve, reject) => {
    const target = { host, port, method, path: `/2018-06-01/runtime${where}`, agent: false };
    const request = http.request(target, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** @param {unknown} e */
function errorBody(e) {
  return JSON.stringify(
    isNativeError(e) || e instanceof Error
      ? { errorType: e.name, errorMessage: e.message, trace: (e.stack ?? "").split("\n") }
      : { errorType: typeof e, errorMessage: String(e), trace: [] },
  );
}

/**
 * @param {string} name
 * @param {string} message
 */
function initError(name, message) {
  return Object.assign(new Error(message), { name });
}

async function loadHandler() {
  const [, file = "", exported = ""] = /^(.*)\.([^./]+)$/.exec(_HANDLER) ?? [];
  const stem = path.resolve(LAMBDA_TASK_ROOT, file);
  const found = [".js", ".mjs", ".cjs"].map((extension) => stem + extension).find((name) => existsSync(name));
  if (!found) throw initError("Runtime.ImportModuleError", `Cannot find module '${file}'`);
  const module = await import(pathToFileURL(found).href);
  const handler = module[exported] ?? module.default?.[exported];
  if (typeof handler !== "function") {
    throw initError("Runtime.HandlerNotFound", `${_HANDLER} is undefined or not exported`);
  }
  return handler;
}

/**
 * @param {(event: unknown, context: object, callback: Function) => unknown} handler
 * @param {unknown} event
 * @param {object} context
 */
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (/** @type {unknown} */ error, /** @type {unknown} */ result) =>
      error ? reject(error) : resolve(result);
    const returned = handler(
      event,
      Object.assign(context, { done: callback, succeed: resolve, fail: reject }),
      callback,
    );
    if (returned instanceof Object && "then" in returned) Promise.resolve(returned).then(resolve, reject);
    else if (handler.length < 3) resolve(returned);
  });
}

/** @type {Awaited<ReturnType<typeof loadHandler>>} */
let handler;
try {
  handler = await loadHandler();
} catch (e) {
  console.error(e);
  await call("POST", "/init/error", errorBody(e));
  process.exit(1);
}
for (;;) {
  const next = await call("GET", "/invocation/next").catch(() => process.exit(0));
  if (next.status !== 200) process.exit(0);
  const header = (/** @type {string} */ name) => String(next.headers[`lambda-runtime-${name}`] ?? "");
  const awsRequestId = header("aws-request-id");
  const deadline = Number(header("deadline-ms"));
  if (header("trace-id")) process.env["_X_AMZN_TRACE_ID"] = header("trace-id");
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId,
    invokedFunctionArn: header("invoked-function-arn"),
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const result = await run(handler, JSON.parse(next.text), context);
    await call("POST", `/invocation/${awsRequestId}/response`, JSON.stringify(result ?? null));
  } catch (e) {
    console.error(e);
    await call("POST", `/invocation/${awsRequestId}/error`, errorBody(e));
  }
}
