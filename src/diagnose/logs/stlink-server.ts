/** stlink-server, which lets several programs share one ST-LINK. */
import { type LogReader, line, say } from "./log-reader.ts";

export const stlinkServer: LogReader = {
  tools: ["stlink-server"],
  patterns: [
    line(["stlink-server", "stlinkserver"], 4, /^(?:stlink-?server)\b(?:.*?v(?:ersion)? *(\d[\d.]*\d))?/i, (match) => [
      say("tool", { name: "stlink-server", ...(match[1] !== undefined && { version: match[1] }) }),
    ]),
    line("default port", 8, /info *: *default port *: *(\d+)/i),
    line("remote address", 5, /info *: *remote address *:/i),
    line(
      ["stlinkv2", "stlinkv3", "stlink-v3", "stlinkv2-1"],
      3,
      /info *: *(stlink-?v[\w-]+) +(v\w+) *, *pid *0x([0-9a-f]+)/i,
      (match) => [say("probe-kind", { name: match[1], productId: Number.parseInt(match[3], 16) })],
    ),
    line("stlinkserver already running", 10, /stlinkserver already running/i),
    line("recv returned 0", 6, /recv returned 0\. *remote side/i),
    line(["open_dev fail", "tcpcmd"], 10, /open_dev fail/i, () => [
      say("probe-trouble", { what: "shared-server-refused" }),
    ]),
    line(
      ["failed to bind", "bind failed", "error binding"],
      0,
      /(?:failed to bind|bind failed|error binding).*?(\d{4,5})?/i,
      () => [say("port-taken", { port: 7184 })],
    ),
  ],
};
