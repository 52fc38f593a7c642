import { quotes } from "../../fact-set.ts";
import { conclusion, type Rule } from "../../rule.ts";

/** The server went away with its first client, which was not GDB. */
export const leftByFirstClient: Rule = {
  name: "server-left-by-first-client",
  why: "A server that is not persistent ends when its client leaves, and a bare TCP connection counts as one (recorded of 7.14.0).",
  conclude(facts) {
    const came = facts.first("stage", ({ stage, reached }) => stage === "client-connected" && reached);
    const ended = facts.first("server-ended", ({ why }) => why !== "error");
    const refused = facts.last("client-trouble", ({ what }) => what === "refused" || what === "timed-out");
    if (came === undefined || ended === undefined || refused === undefined) return [];
    if (!facts.before(came, ended)) return [];
    const worked = facts.has("stage", ({ stage, reached }) => reached && worksWith.has(stage)) || facts.has("stop");
    if (worked || facts.has("option", ({ name, value }) => name === "persistent" && value === "true")) return [];
    return [
      conclusion("server-left-by-first-client", {
        certainty: "likely",
        evidence: quotes(came, ended, refused),
        remedyLast: [
          "If it was GDB that came and went: its own console says why; see that the access port (-m) is that of this chip's core (N6: 1; the second core of H745 and H755: 3, of WL5x: 1).",
        ],
        weight: 70,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
const worksWith = new Set(["erased", "programmed", "verified", "running"]);

/** One stlink-server that was started against too often. */
export const sharedServer: Rule = {
  name: "shared-server-worn",
  why: "Recorded of 7.14.0: against one stlink-server that kept running, every start from the tenth on ended with the internal error 33.",
  conclude(facts) {
    const many = facts.last("error-code", ({ code }) => code === "st-internal-33");
    const shared = facts.last("option", ({ name, value }) => name === "shared" && value === "true");
    if (many === undefined || (shared === undefined && !facts.has("tool", ({ name }) => name === "stlink-server"))) {
      return [];
    }
    return [
      conclusion("probe-shared-server", {
        certainty: "likely",
        evidence: quotes(many, shared),
        remedyFirst: ["End stlink-server and start again: it starts by itself."],
        weight: 70,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};

/** STM32CubeIDE's own check of the server. */
export const serverNotSt: Rule = {
  name: "server-not-st",
  why: "STM32CubeIDE asks the server by ST's monitor commands for the ROM table before a session, and ends it when the reply is not as ST's server words it.",
  conclude(facts) {
    const found = facts.last("client-trouble", ({ what }) => what === "not-st");
    if (found === undefined) return [];
    return [
      conclusion("server-not-st", {
        certainty: "likely",
        evidence: quotes(found),
        weight: 70,
        explains: ["not-enough-to-tell"],
      }),
    ];
  },
};
