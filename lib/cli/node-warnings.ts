/** Node's own warnings that say nothing to the user of a workflow file. */

/** To be called before any user code is loaded. */
export function hideNodeWarnings(): void {
  // Node warns about the two together, and lets FORCE_COLOR win; here NO_COLOR does.
  if ((process.env["NO_COLOR"] ?? "") !== "") delete process.env["FORCE_COLOR"];
  const [print] = process.listeners("warning");
  if (print === undefined) return;
  process.removeListener("warning", print);
  process.on("warning", (warning: Error & { code?: string }) => {
    if (!isOurs(warning)) print(warning);
  });
}

/** A workflow file needs no `"type": "module"`; and types are stripped to see whether it is an ES module. */
function isOurs({ code, name, message }: Error & { code?: string }): boolean {
  return (
    code === "MODULE_TYPELESS_PACKAGE_JSON" ||
    (name === "ExperimentalWarning" && message.startsWith("stripTypeScriptTypes "))
  );
}
