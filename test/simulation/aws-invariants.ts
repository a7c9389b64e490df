/** What must hold of the table, the queues and the hosts when nothing moves any more, whatever the plan and the faults. */
import { type Head, hasEnded, readHead } from "../../lib/homes/aws/head.ts";
import { HEADS_PREFIX } from "../../lib/homes/aws/keys.ts";
import type { MemoryCloud } from "../helpers/aws/memory-cloud.ts";

/** Every violation, one sentence each. */
export function cloudViolations(cloud: MemoryCloud, labels: ReadonlyMap<string, string>): string[] {
  const heads = [...cloud.table.items()].filter(({ sk, s }) => sk.startsWith(HEADS_PREFIX) && s !== undefined);
  const known = new Map(heads.map((item) => [String(item["id"]), readHead(item)]));
  const problems: string[] = [];
  for (const [id, head] of known) {
    const found = hasEnded(head) ? endedProblems(head, cloud) : openProblems(head, cloud);
    problems.push(...found.map((problem) => `${labels.get(id) ?? id}: ${problem}`));
  }
  for (const item of heads) {
    const left = ["lu", "pt", "ppk", "psk", "due", "nb"].filter((name) => item[name] !== undefined);
    if (item["endAt"] !== undefined && left.length > 0)
      problems.push(`${labels.get(String(item["id"])) ?? ""}: it has ended and still has ${left.join(", ")}`);
  }
  for (const { host, status } of cloud.hosts.all.values()) {
    const head = known.get(host.input.id);
    if (status !== "RUNNING") continue;
    if (head === undefined || hasEnded(head)) problems.push(`${host.name}: the host runs on behind the end`);
    else if (head.host?.number !== host.input.host)
      problems.push(`${host.name}: a host that is not the newest runs on`);
  }
  problems.push(...cloud.queues.dead.map((body) => `D28: in the dead-letter queue: ${body}`));
  const internal = cloud.logs.filter(({ message }) => message.startsWith("internal:") && !MAY_FAIL.test(message));
  problems.push(
    ...internal.map(({ message, fields }) => `${message} ${String(fields?.["body"])} ${String(fields?.["stack"])}`),
  );
  return problems;
}

/** What a holder says that lost its right to write while its step ran. */
const MAY_FAIL = /was ended, or taken over, while its step ran/;

function endedProblems({ status, fin }: Head, _cloud: MemoryCloud): string[] {
  if (fin === undefined) return ["K8: it has ended and has no end"];
  if (fin.status !== status) return [`K8: the head says ${status}, its end ${fin.status}`];
  return [];
}

/** Nothing is left open that no message and no host will move. */
function openProblems({ statics, park, token, due, host }: Head, cloud: MemoryCloud): string[] {
  const { id } = statics;
  const inFlight = cloud.inFlight.some((body) => (JSON.parse(body) as { id?: string }).id === id);
  if (park === undefined) return inFlight ? [] : ["STUCK: it is not parked, and no message is about it"];
  if (inFlight) return [];
  const standing = [...cloud.hosts.all.values()].find((each) => each.host.name === `${id}-${host?.number}`);
  if (standing?.status === "LOST") return [];
  if (standing?.status !== "RUNNING")
    return [`STUCK: it is parked, and neither a message nor a host is about it (its last one: ${standing?.status})`];
  if (token !== standing.host.name) return ["its host is not told in its head"];
  if (due !== undefined && host !== undefined && host.until > due) return ["its host stands longer than its deadline"];
  return [];
}
