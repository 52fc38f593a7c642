/** A device in DFU mode that dfu-util lists and cannot open: for which reason depends on the system. */
import { type LinePattern, type LogLine, line, type Said, say } from "../log-reader.ts";
import { usbErrorText } from "../usb-errors.ts";

type Told = { readonly line: LogLine; readonly said: Said };

/** What is kept of the computer: it holds for every run. */
export const ofComputer: ReadonlySet<string> = new Set(["windows", "as-root"]);

function remember(key: string): NonNullable<LinePattern["facts"]> {
  return (_, { memory }) => {
    memory.set(key, true);
    return [];
  };
}

export const notOpened: readonly LinePattern[] = [
  // Paths of Windows, by whatever tool.
  line(["users/", "users\\", "appdata", "arduino15"], 0, /(?:^|[\s"'(])[a-z]:[\\/]/i, remember("windows")),
  line("sudo", 0, /^(?:[$#] )?sudo (?:-\w+ )*\S{0,120}\bdfu-util\b/i, remember("as-root")),
  line(
    ["cannot open dfu device", "cannot open device", "cannot claim", "cannot set alternate interface"],
    10,
    /cannot (?:open (dfu )?device|claim (?:the )?(?:usb )?interface|set alt\w* (?:interface|setting))\b/i,
    (match, { line: at, memory }) => {
      const told = usbErrorText(match.input);
      if (told !== undefined) return [told];
      if (/^cannot open/i.test(match[0])) {
        memory.set("not-opened", at);
        return [];
      }
      return [say("stage", { stage: "probe-opened", reached: false })];
    },
  ),
];

/** Releases before 0.10 do not print why libusb could not open it: its driver, or rights, as the system has it. */
export function finishNotOpened(memory: Map<string, unknown>): Told[] {
  const at = memory.get("not-opened") as LogLine | undefined;
  if (at === undefined) return [];
  const driver = { what: "driver-missing", detail: "it is listed and cannot be opened" } as const;
  if (memory.has("windows")) return [{ line: at, said: say("probe-trouble", driver) }];
  const rights = memory.has("as-root") ? [] : [{ what: "permission" } as const];
  return [driver, ...rights].map((each) => ({ line: at, said: say("probe-trouble", { ...each, or: "system" }) }));
}
