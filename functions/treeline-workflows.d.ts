/** The user's module of workflows. Bundling puts the real one in its place. */
declare module "treeline-workflows" {
  const exported: Readonly<Record<string, unknown>>;
  export = exported;
}
