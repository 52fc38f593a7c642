/** cortex-debug's settings, as a log shows them, and what in it needs one that is not there or names the wrong thing. */
import { type LinePattern, type LogLine, line, type Said, say } from "./log-reader.ts";
import { unquotedName } from "./values.ts";

type Told = { readonly line: LogLine; readonly said: Said };

/** Programs that serve GDB, by the names that their makers give them. */
const serverProgram =
  /^(?:st-?link_?gdb_?server|st-util|openocd|j-?link(?:gdbserver\w*|exe)?|pyocd(?:-gdbserver)?|pegdbserver\w*|qemu-system-\w+|probe-rs|stutil)(?:\.(?:exe|sh|bat|cmd|py))?$/i;

/** Where a reset leads, by the names of start-up files. */
const resetHandler = /^(Reset_?Handler|ResetISR|Reset|reset_handler) \(\) at \S/;

function remember(key: string): NonNullable<LinePattern["facts"]> {
  return (_, { memory, line: at }) => {
    memory.set(key, at);
    return [];
  };
}

export const settingPatterns: readonly LinePattern[] = [
  // Of servers whose path was set, in the editor's settings or for one launch.
  line(
    ["cortex-debug", "serverpath"],
    4,
    /"(cortex-debug\.(?:\w{1,20}serverpath|openocdpath|stutilpath|stlinkpath|pyocdpath)(?:\.\w{3,7})?|serverpath)" *: *"([^"]{1,250})"/i,
    (match, { memory }) => {
      memory.set("server-path", { setting: match[1], path: match[2].replaceAll("\\\\", "\\") });
      return [];
    },
  ),
  line("servertype", 2, /"servertype" *: *"(\w+)"/i, (match, { memory, line: at }) => {
    if (match[1].toLowerCase() === "openocd") memory.set("openocd-server", at);
    return [];
  }),
  line("configfiles", 0, /"configfiles" *:/i, remember("config-files")),
  // Whoever shows how it is launched, and what, shows all of a configuration.
  line("request", 0, /"request" *: *"(?:launch|attach)"/i, remember("request")),
  line("executable", 0, /"executable" *:/i, remember("executable")),
  line(
    ["open on-chip debugger", "launching server", "launching gdb-server"],
    0,
    /open on-chip debugger|launching (?:gdb-)?server/i,
    remember("server-started"),
  ),
  line("livewatch", 0, /"livewatch" *:/i, remember("live-watch-set")),
  line("live", 0, /\blive[ -]watch\b/i, remember("live-watch")),
  line(["runtoentrypoint", "runtomain"], 0, /"runto(?:entrypoint|main)" *:/i, remember("runs-to")),
  // It knows some reasons for a stop by name, and goes on to show the place at any other.
  line("not implemented stop reason", 8, /not implemented stop reason/i, () => []),
  line(["reset", "reset_handler", "resethandler", "resetisr"], 0, resetHandler, remember("at-reset")),
  line(
    ["breakpoint", "temporary breakpoint", "program received signal", "main", "continuing"],
    0,
    /^(?:(?:temporary )?breakpoint \d+,|program received signal|main \(|continuing)/i,
    (_, { memory }) => {
      memory.delete("at-reset");
      return [];
    },
  ),
  // The first thing that it asks a GDB that it started, and what stands of the answer.
  line("launching gdb:", 0, /^launching gdb: ["']?(.{1,250}?)["']? -/i, (match, { memory }) => {
    memory.set("gdb", match[1]);
    return [];
  }),
  line("gdb-version", 4, /^\d{1,4}-gdb-version$/i, remember("gdb-asked")),
  line(
    ["gnu gdb", "done", "thread-group-added", "cmd-param-changed", "launching gdb-server", "launching server"],
    0,
    /gnu gdb|\^done|=(?:thread-group-added|cmd-param-changed)|^launching (?:gdb-)?server/i,
    remember("gdb-answered"),
  ),
  line("finished reading symbols from", 0, /^finished reading symbols from/i, (_, { memory }) => {
    if (memory.has("gdb-asked")) memory.set("gdb-waited", true);
    return [];
  }),
];

/** The system refused to run a server; which, it does not say. */
export function refusedToRun(memory: Map<string, unknown>, at: LogLine): void {
  memory.set("not-run", at);
}

/** What the settings and the rest of the log tell together. */
export function finishSettings(memory: Map<string, unknown>): readonly Told[] {
  return [...notRun(memory), ...noAnswer(memory), ...withoutFiles(memory), ...lacking(memory)];
}

function notRun(memory: Map<string, unknown>): Told[] {
  const at = memory.get("not-run") as LogLine | undefined;
  const set = memory.get("server-path") as { readonly setting: string; readonly path: string } | undefined;
  if (at === undefined) return [];
  if (set === undefined) return [{ line: at, said: say("path-missing", { what: "other" }) }];
  const folder = !serverProgram.test(unquotedName(set.path.replace(/[\\/]+$/, "")));
  return [
    {
      line: at,
      said: say("path-missing", { what: "other", path: set.path, ...(folder && { folderIn: set.setting }) }),
    },
  ];
}

function noAnswer(memory: Map<string, unknown>): Told[] {
  const at = memory.get("gdb-asked") as LogLine | undefined;
  if (at === undefined || memory.get("gdb-waited") !== true || memory.has("gdb-answered")) return [];
  const path = (memory.get("gdb") as string | undefined) ?? "arm-none-eabi-gdb";
  return [{ line: at, said: say("path-missing", { what: "other", path, unanswered: true }) }];
}

/** A configuration that has OpenOCD started, shown whole, without the files that OpenOCD is to be given. */
function withoutFiles(memory: Map<string, unknown>): Told[] {
  const openocd = memory.get("openocd-server") as LogLine | undefined;
  const whole = memory.get("configuration") === true && memory.has("request") && memory.has("executable");
  if (openocd === undefined || !whole || memory.has("config-files") || memory.has("server-started")) return [];
  return [{ line: openocd, said: say("setting-missing", { name: "configFiles", shown: true }) }];
}

function lacking(memory: Map<string, unknown>): Told[] {
  const shown = memory.get("configuration") === true;
  const panel = memory.get("live-watch") as LogLine | undefined;
  const stands = memory.get("at-reset") as LogLine | undefined;
  return [
    ...(panel !== undefined && shown && !memory.has("live-watch-set")
      ? [{ line: panel, said: say("setting-missing", { name: "liveWatch", shown }) }]
      : []),
    ...(stands !== undefined && !memory.has("runs-to")
      ? [{ line: stands, said: say("setting-missing", { name: "runToEntryPoint", shown }) }]
      : []),
  ];
}
