/** A home behind the HTTP API, seen through the remote client: requests are handed over in this process. */
import { createApi } from "../../lib/api/api.ts";
import { createRemoteClient } from "../../lib/api/remote-client.ts";
import type { HomeUnderTest } from "../conformance/runner.ts";

export function behindApi(home: HomeUnderTest, { streaming }: { streaming: boolean }): HomeUnderTest {
  return {
    ...home,
    name: `${home.name} behind the API${streaming ? "" : ", without streams"}`,
    async open(workflows, limits) {
      const opened = await home.open(workflows, limits);
      const app = createApi({ client: opened.client, workflows, streaming });
      const client = createRemoteClient({ url: "http://treeline.test", fetch: (request) => app.fetch(request) });
      return { ...opened, client };
    },
  };
}
