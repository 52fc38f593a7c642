/** That a serial port cannot be opened, in the words that any program may have for it. */
import { type LinePattern, line, say } from "./log-reader.ts";

/** A serial port by its name on Windows, Linux and macOS. */
const portName = /(?:\\\\\.\\)?\b(COM\d{1,3})\b|(\/dev\/(?:tty|cu|rfcomm|serial\/by-\w+\/)[\w.-]{1,60})/i;
const failing =
  /\b(?:errors?|fail\w*|could ?n[o']t|cannot|can't|unable|denied|busy|in use|not (?:found|exist|available|present|open\w*)|no such|does(?: not|n't) exist|already open\w*|access)\b/i;
/** What is done to the port itself, rather than to what is behind it. */
const opening = /\b(?:open\w*|access\w*|port|exist\w*|busy|in use|denied|touch\w*|available|no such|lock\w*)\b/i;

/** Whether a name is a serial port's. */
export function isSerialPort(name: string): boolean {
  return /^(?:\\\\\.\\)?COM\d{1,3}$|^\/dev\/(?:tty|cu|rfcomm|serial\/)/i.test(name);
}

/** Why a port was refused, by the system's words. */
export function portRefusal(text: string): "missing" | "busy" | "permission" | undefined {
  if (
    /\bbusy\b|in use|already open|errno 16\b|EBUSY|resource temporarily|exclusive|another (?:process|program|application)/i.test(
      text,
    )
  )
    return "busy";
  if (/denied|permission|errno 13\b|EACCES|not permitted/i.test(text)) return "permission";
  if (
    /no such|not found|(?:does(?: not|n't)|not) exist|errno 2\b|ENOENT|cannot find the (?:file|path)|filenotfound|not available|device not configured|(?:not|in)valid port/i.test(
      text,
    )
  )
    return "missing";
  return undefined;
}

export const serialPortPatterns: readonly LinePattern[] = [
  line(
    ["com", "dev/tty", "dev/cu", "dev/rfcomm", "dev/serial"],
    0,
    /\bCOM\d{1,3}\b|\/dev\/(?:tty|cu|rfcomm|serial)/i,
    ({ input }) => {
      const named = portName.exec(input);
      // Where an upload looked, and what it found there, says nothing of the port.
      if (named === null || !failing.test(input) || !opening.test(input)) return [];
      if (/successfully|\bwill\b|\bif (?:you|the)\b|try |--port|-DUPLOAD|stlink|st-link/i.test(input)) return [];
      const why = portRefusal(input);
      return [say("serial-port-failed", { port: named[1] ?? named[2], ...(why !== undefined && { why }) })];
    },
  ),
  line(
    ["serial port", "serial_posix", "ser_open"],
    0,
    /(?:error|failed|could ?n[o']t|cannot|can't|unable).{0,30}(?:open\w*|touching|probing) .{0,12}(?:serial[ _](?:port|posix)|\bport\b)|ser_open\(\): can'?t open device|serial port .{0,60}(?:not found|already in use|busy|could ?n[o']t be opened|can ?not be opened)/i,
    ({ input }) => {
      const named = portName.exec(input);
      const why = portRefusal(input);
      return [
        say("serial-port-failed", {
          ...(named !== null && { port: named[1] ?? named[2] }),
          ...(why !== undefined && { why }),
        }),
      ];
    },
  ),
];
