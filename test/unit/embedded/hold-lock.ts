/** A process that owns a file until it is killed. */
import fs from "node:fs";
import { openStore } from "../../../lib/homes/embedded/store.ts";

openStore({ file: process.argv[2] ?? "", durability: "process" });
fs.writeSync(1, "owner\n");
setInterval(() => {}, 1_000);
