/** Where the executions of a command are: in a database on this machine, or with an engine elsewhere. */
import type { Command } from "commander";
import { createRemoteClient, type RemoteClient } from "../api/remote-client.ts";
import { TreelineError } from "../kernel/errors.ts";
import { apiUrlOf, STACK_PREFIX, type OpenAws } from "./aws.ts";
import type { Terminal } from "./terminal.ts";

export interface Place {
  readonly file: string;
  /** URL of its API; the file means nothing then. */
  readonly remote?: string | undefined;
}

export interface RemoteAccess extends Place {
  readonly sign?: true;
  readonly profile?: string;
}

interface PlaceJob {
  readonly terminal: Pick<Terminal, "env">;
  readonly aws: OpenAws;
}

/**
 * Adds what says the place.
 * @param whyLocal of a command that makes no sense elsewhere: what to do instead
 */
export function addPlace(command: Command, { terminal, aws }: PlaceJob, whyLocal?: string): Command {
  const fromEnv = terminal.env["TREELINE_REMOTE"];
  const where = "API of an engine elsewhere (or TREELINE_REMOTE), instead of a database: a URL, or stack:NAME on AWS";
  return command
    .option("--remote <url>", where, fromEnv)
    .option("--no-remote", "the database here, whatever TREELINE_REMOTE says")
    .option("--sign", "sign requests with your AWS credentials; so by default for URLs of API Gateway")
    .option("--profile <name>", "AWS profile to sign with")
    .hook("preAction", async (_program, action) => {
      settle(action, whyLocal);
      await lookUp(action, aws);
    });
}

/** What a stack is called is easier to remember than where its API is. */
async function lookUp(action: Command, aws: OpenAws): Promise<void> {
  const { remote, profile } = action.opts<Partial<RemoteAccess>>();
  if (remote?.startsWith(STACK_PREFIX) !== true) return;
  const name = remote.slice(STACK_PREFIX.length);
  action.setOptionValue("remote", await apiUrlOf(aws, name, profile === undefined ? {} : { profile }));
}

/** What was said outright counts more than what the environment says. @throws TreelineError `invalid_argument` */
function settle(action: Command, whyLocal: string | undefined): void {
  const { remote } = action.opts<{ remote?: string | false }>();
  const isSaid = action.getOptionValueSource("remote") === "cli";
  if (remote === undefined || remote === false || remote === "") {
    action.setOptionValue("remote", undefined);
    return;
  }
  if (action.getOptionValueSource("file") === "cli") {
    if (isSaid) throw new TreelineError("invalid_argument", "say --file or --remote, not both");
    action.setOptionValue("remote", undefined);
    return;
  }
  if (whyLocal !== undefined) {
    const hint = isSaid ? "" : " (TREELINE_REMOTE is set; --no-remote means the database here)";
    throw new TreelineError(
      "invalid_argument",
      `\`${action.name()}\` works on a database here only: ${whyLocal}${hint}`,
    );
  }
}

export function remoteClient(url: string, { sign, profile }: RemoteAccess): RemoteClient {
  return createRemoteClient({
    url,
    ...(sign === undefined ? undefined : { sign }),
    ...(profile === undefined ? undefined : { aws: { profile } }),
  });
}
