import { baseName } from "../../../base/paths.ts";
import { type FactSet, quotes } from "../../fact-set.ts";
import type { FactOf } from "../../facts.ts";
import { type Conclusion, conclusion, type Rule } from "../../rule.ts";
import { isGdb } from "../setup/paths.ts";

/** GDB, or what drives it, without a server; only where nothing else failed that would be the reason. */
export const gdbServerGone: Rule = {
  name: "gdb-server-gone",
  why: "A TCP connection is refused at once when no process listens (RFC 9293 3.10.7.1); one that breaks off was ended by the other side.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const trouble = facts.last(
      "client-trouble",
      ({ what }) => what === "refused" || what === "closed" || what === "timed-out" || what === "occupied",
    );
    const unconnected = neverConnected(facts);
    if (unconnected !== undefined && trouble === undefined) return [unconnected];
    const launch = facts.last("stage", ({ stage, reached }) => stage === "server-ready" && !reached);
    const failed = launch ?? trouble;
    if (failed === undefined || hasReason(facts)) return [];
    const explains = ["not-enough-to-tell"];
    if (launch !== undefined && (trouble === undefined || facts.before(launch, trouble))) {
      const text = launch.source.from === "log" ? launch.source.text : "";
      const name = /(openocd|st-?util|st-?link|j-?link|pyocd|pe(?:micro)?|bmp|qemu)/i.exec(text)?.[1];
      return [
        conclusion("gdb-server-gone", {
          certainty: "possible",
          variant: "launch",
          values: { name: name === undefined ? "The GDB server" : `The GDB server (${name})` },
          evidence: quotes(launch, trouble),
          weight: 12,
          explains,
        }),
      ];
    }
    if (trouble === undefined) return [];
    return [
      conclusion("gdb-server-gone", {
        certainty: trouble.value.what === "refused" || trouble.value.what === "occupied" ? "likely" : "possible",
        ...(trouble.value.what === "refused" ? { values: { port: portIn(trouble) } } : { variant: trouble.value.what }),
        evidence: quotes(trouble),
        weight: 12,
        explains,
      }),
    ];
  },
};

/** GDB that was told to load, or to speak to its server, and has none. */
function neverConnected(facts: FactSet): Conclusion | undefined {
  const asked = facts.last("client-trouble", ({ what }) => what === "unconnected");
  const connected = facts.last("stage", ({ stage, reached }) => stage === "client-connected" && reached);
  // A connection that there was, before or behind it, was lost or came late: that has other reasons.
  if (asked === undefined || connected !== undefined || hasReason(facts)) return undefined;
  return conclusion("gdb-server-gone", {
    certainty: "likely",
    variant: "unconnected",
    evidence: quotes(asked),
    remedyFirst: [
      "Connect first: `target extended-remote localhost:PORT` (ST's server 61234, OpenOCD and pyOCD 3333, st-util 4242, probe-rs 1337), then `load`.",
    ],
    weight: 12,
    explains: ["not-enough-to-tell"],
  });
}

/** Something failed that a server ends or falls silent for. */
function hasReason(facts: FactSet): boolean {
  return (
    facts.has("probe-trouble") ||
    // The server itself said that it ends, for whatever it does not tell.
    facts.has("verdict", ({ tool }) => tool === "st-link-gdbserver") ||
    facts.has("wire-answer", ({ answer }) => answer !== "ok") ||
    facts.has("target-lost") ||
    facts.has("port-taken") ||
    facts.has("path-missing") ||
    facts.has("option-unknown") ||
    facts.has("loader-init", ({ outcome }) => outcome !== "ok") ||
    facts.has("chip-unidentified") ||
    facts.has("chip-unsupported", ({ has }) => has !== "core") ||
    facts.has("version-mismatch") ||
    facts.has("genuine") ||
    facts.has("nrst", ({ level, driven }) => level === "low" && !driven) ||
    facts.has("exit-status", ({ status }) => status !== 0)
  );
}

function portIn({ source }: FactOf<"client-trouble">): string {
  const port = source.from === "log" ? /:(\d{2,5})\b/.exec(source.text)?.[1] : undefined;
  return port === undefined ? "the port that it was told" : `port ${port}`;
}

/** Whether a path is that of STM32CubeProgrammer or its command line; on Linux and macOS scripts start them. */
function isProgrammer(path: string | undefined): boolean {
  return /^(?:stm32_?programmer(?:_?cli)?|stm32cubeprogrammer)(?:\.\w{2,4})?$/i.test(baseName(path ?? ""));
}

/** A script, in a folder whose name has a blank, that says that it did not find a program. */
function fromBlankFolder({ source }: FactOf<"path-missing">): boolean {
  return source.from === "log" && /[\\/][^\\/:]* [^:]*\.(?:sh|bash|bat|cmd)["']?: /i.test(source.text);
}

const blankInFolder =
  "The script that looks for it stands in a folder whose name has a blank. Scripts that do not quote such a path break at it, and then do not find what is there: put the tools into a folder without blanks, or take a newer release of them.";

export const programMissing: Rule = {
  name: "program-missing",
  why: "Starting a program fails with ENOENT or EACCES before anything of it runs.",
  conclude(facts: FactSet): readonly Conclusion[] {
    const named = facts.last(
      "path-missing",
      ({ what, path }) => what === "other" && path !== undefined && !isGdb(path),
    );
    // A shell's status says so of a program that it does not name; a library of one that it did find gives the same.
    const told = facts.has("version-mismatch") || facts.has("path-missing", ({ path }) => path !== undefined);
    const missing = named ?? (told ? undefined : facts.last("path-missing", ({ what }) => what === "other"));
    if (missing === undefined) return [];
    // What a program told of its work, it was started for.
    if (missing.value.doubtful === true && facts.has("flash-trouble")) return [];
    const forbidden = missing.source.from === "log" && /permission denied|EACCES/i.test(missing.source.text);
    if (isProgrammer(missing.value.path) && !forbidden) {
      return [
        conclusion("cubeprogrammer-missing", {
          certainty: missing.value.doubtful === true || fromBlankFolder(missing) ? "likely" : "certain",
          variant: "program",
          values: { path: missing.value.path ?? "" },
          ...(fromBlankFolder(missing) && { remedyLast: [blankInFolder] }),
          evidence: quotes(missing),
          weight: 86,
          explains: ["not-enough-to-tell", "gdb-server-gone", "probe-none", "wires-open"],
        }),
      ];
    }
    const { folderIn } = missing.value;
    return [
      conclusion("program-missing", {
        certainty: missing.value.doubtful === true || folderIn !== undefined ? "likely" : "certain",
        ...(forbidden && { variant: folderIn === undefined ? "forbidden" : "folder" }),
        values: { path: missing.value.path ?? "A program", setting: folderIn ?? "" },
        ...(forbidden && {
          remedyFirst: [
            folderIn === undefined
              ? "Name the program's file, not its folder, and give it the right to be run: `chmod +x FILE` (a script's interpreter and a mount with noexec count as well)."
              : `Name the program's file itself in ${folderIn}: the folder's path with the program's name behind it (JLinkGDBServerCLExe or JLinkGDBServerCL.exe, openocd, ST-LINK_gdbserver, st-util).`,
          ],
        }),
        evidence: quotes(missing),
        weight: 85,
        explains: ["not-enough-to-tell", "gdb-server-gone"],
      }),
    ];
  },
};
