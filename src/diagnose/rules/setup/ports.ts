import { quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { conclusion, type Rule } from "../../rule.ts";
import { toolNames } from "../../tool-names.ts";

/** A TCP port that could not be opened. */
export const portTaken: Rule = {
  name: "port-taken",
  why: "A listening TCP port belongs to one program (EADDRINUSE); Windows refuses ports in its excluded ranges (WSAEACCES).",
  conclude(facts) {
    const ready = facts.last("stage", ({ stage, reached }) => stage === "server-ready" && reached);
    // A server that came up after all had its port.
    const named = facts
      .all("port-taken", ({ port }) => port > 0)
      .filter(
        (each) =>
          ready === undefined ||
          !facts.before(each, ready) ||
          each.value.port !== gdbPort(facts.last("option", ({ name }) => name === "port-number")),
      );
    if (named.length > 0) {
      const last = named.find(({ value }) => value.system !== undefined) ?? named[0];
      return [
        conclusion("port-taken", {
          certainty: "certain",
          values: { port: last.value.port, server: serverName(last) },
          variant: variantOf(last.value.system),
          evidence: quotes(...named.slice(0, 3)),
          weight: 90,
          explains: [...after, "server-left-by-first-client"],
        }),
      ];
    }
    const status = facts.last("port-taken", ({ port }) => port === 0);
    if (status === undefined || ready !== undefined) return [];
    if (status.value.system !== undefined) {
      return [
        conclusion("port-taken", {
          certainty: "likely",
          values: { port: usualPort(status), server: serverName(status) },
          variant: "unnamed",
          evidence: quotes(status),
          weight: 85,
          explains: [...after, "gdb-server-gone"],
        }),
      ];
    }
    return [
      conclusion("port-taken", {
        certainty: "likely",
        values: { port: 61234, server: "ST-LINK_gdbserver" },
        variant: "status",
        evidence: quotes(status),
        weight: 80,
        explains: after,
      }),
    ];
  },
};

/** What follows when the server is not there. */
const after = ["not-enough-to-tell", "probe-busy", "wires-open", "target-no-power"];

function gdbPort(option: FactOf<"option"> | undefined): number {
  return Number(option?.value.value ?? 61234);
}

/** The port that a server takes when it is not told another. */
function usualPort({ source }: FactOf<"port-taken">): number {
  const tool = source.from === "log" ? source.tool : undefined;
  return tool === "openocd" || tool === "pyocd" ? 3333 : tool === "st-util" ? 4242 : 61234;
}

function serverName({ source }: FactOf<"port-taken">): string {
  return source.from === "log" && source.tool !== undefined ? toolNames[source.tool] : "The server";
}

function variantOf(system: string | undefined): string | undefined {
  if (system === undefined) return undefined;
  if (/\b138\b|10013|permission|forbidden|access/i.test(system)) return "reserved";
  if (/in use|10048|EADDRINUSE|only one usage/i.test(system)) return "in-use";
  return undefined;
}
