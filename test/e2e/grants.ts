/** Least privilege, proven by the run: nothing was refused, and what is granted was used or has its reason. */
import { describe, expect, it } from "vitest";
import { emulator } from "./deployment.ts";
import { granted, namesOf, type Right, translate } from "./policies.ts";
import { refusedByTheEmulator, unused } from "./unused-grants.ts";

/** Whose rights are looked at: those of `Versions` are the same. */
const STACKS = ["Conformance", "Faults"];

export function grants(): void {
  describe("IAM", () => {
    it("refused no call of the whole run", async () => {
      const refused = (await emulator().grants()).filter(
        ({ allowed, action }) => !allowed && !(action in refusedByTheEmulator),
      );
      expect(refused).toEqual([]);
    });

    it("grants nothing that the run did not use, but for what has its reason", async () => {
      const used = (await Promise.all([...STACKS, "Versions"].map(usedOn))).flat();
      const [rights = []] = await Promise.all(STACKS.map(granted));
      const idle = rights.filter((right) => !used.some((use) => covers(right, use))).map(toText);
      const reasoned = (text: string): boolean => unused.some(({ right }) => right.test(text));
      expect(idle.filter((text) => !reasoned(text))).toEqual([]);
      // A reason for what is used, or not granted any more, has to go.
      expect(unused.filter(({ right }) => !idle.some((text) => right.test(text)))).toEqual([]);
    });
  });
}

async function usedOn(stack: string): Promise<readonly Right[]> {
  const names = await namesOf(stack);
  const calls = await emulator().grants();
  return calls
    .filter(({ role, allowed }) => allowed && role.includes(`role/${stack}-`))
    .map(({ role, action, resource }) => ({
      role: translate(role.slice(role.lastIndexOf("/") + 1), names),
      action,
      resource: resource === null ? undefined : translate(resource, names),
    }));
}

function covers(right: Right, use: Right): boolean {
  if (right.role !== use.role || right.action !== use.action) return false;
  if (use.resource === undefined || right.resource === undefined || right.resource === use.resource) return true;
  const pattern = right.resource.split("*").map(RegExp.escape).join(".*");
  return new RegExp(`^${pattern}$`).test(use.resource);
}

function toText({ role, action, resource }: Right): string {
  return `${role}: ${action} on ${resource ?? "?"}`;
}
