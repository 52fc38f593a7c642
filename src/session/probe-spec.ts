import { ProbityError } from "../base/errors.ts";

/** What `--probe` asked for. */
export type ProbeSpec =
  | { readonly kind: "usb"; readonly serial?: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly serial?: string }
  | { readonly kind: "sim"; readonly board: string; readonly keys: ReadonlyMap<string, string> }
  | { readonly kind: "replay"; readonly file: string; readonly lenient: boolean };

const forms =
  "usb, usb:SERIAL, tcp:HOST[:PORT][/SERIAL], sim:BOARD, sim:BOARD?key=value&key=value or replay:FILE[?lenient=1]";

/**
 * Reads the text after `--probe`. Throws `probe-spec-invalid` for a form that is none; whether the board or the probe
 * exists is found out on opening.
 */
export function parseProbeSpec(text: string): ProbeSpec {
  const [scheme, ...rest] = text.split(":");
  const body = rest.join(":");
  if (scheme === "usb") return body === "" ? { kind: "usb" } : { kind: "usb", serial: body };
  const server = scheme === "tcp" ? parseServer(body) : undefined;
  if (server !== undefined) return server;
  const replay = scheme === "replay" ? /^(.+?)(?:\?lenient=([01]))?$/.exec(body) : null;
  if (replay !== null) return { kind: "replay", file: replay[1], lenient: replay[2] === "1" };
  if (scheme === "sim" && body !== "") {
    const [board, query] = splitOnce(body, "?");
    const keys = new Map<string, string>();
    for (const pair of query.split("&").filter((part) => part !== "")) {
      const [key, value] = splitOnce(pair, "=");
      keys.set(key, decode(value));
    }
    return { kind: "sim", board, keys };
  }
  throw new ProbityError("probe-spec-invalid", `"${text}" names no probe.`, {
    facts: { probe: text },
    remedy: [`Write --probe as one of: ${forms}.`],
  });
}

/** `HOST[:PORT][/SERIAL]`; an IPv6 address stands in brackets. */
function parseServer(text: string): ProbeSpec | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+))(?::(\d{1,5}))?(?:\/(\w+))?$/.exec(text);
  if (match === null) return undefined;
  const [, ipv6, name, port = "7184", serial] = match;
  if (Number(port) === 0 || Number(port) > 65_535) return undefined;
  return { kind: "tcp", host: ipv6 ?? name, port: Number(port), ...(serial !== undefined && { serial }) };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** `%20` and the like, where they are well formed; file names with a stray % stay as they are. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
