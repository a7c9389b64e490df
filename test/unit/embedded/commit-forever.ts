/** A process that commits until it is killed, and says after each commit how many were acknowledged. */
import fs from "node:fs";
import { openStore } from "../../../lib/homes/embedded/store.ts";
import { creation, ending, group, ok, record } from "./store-groups.ts";

const [file = "", durability = ""] = process.argv.slice(2);
const store = openStore({ file, durability: durability === "power" ? "power" : "process" });
store.commit(creation("r"));
for (let n = 1; ; n++) {
  const child = `r-x-${String(n).padStart(6, "0")}`;
  store.commit({ ...creation(child), records: [...creation(child).records, record("r", ok(String(n)))] });
  store.commit(n % 2 === 0 ? ending(n, child) : group({ rested: [{ id: child, status: "WAITING", parked: true }] }));
  fs.writeSync(1, `${n}\n`);
}
