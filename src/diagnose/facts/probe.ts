/** The probe and its cable. */

import type { ConnectManner } from "./vocabulary.ts";

export interface ProbeFacts {
  "probe-kind": { readonly name: string; readonly productId?: number };
  "probe-serial": { readonly serial: string };
  /** A tool shows bytes that are no text where the probe's serial number belongs. */
  "probe-serial-raw": Record<string, never>;
  /** `stlink` is the number after V..J: V2J34 is generation 2, stlink 34. */
  "probe-firmware": { readonly text: string; readonly generation?: number; readonly stlink?: number };
  /** A tool says that newer firmware for the probe exists. */
  "probe-update-offered": Record<string, never>;
  /** The tool gave it a command that its own driver for such a probe has not. */
  "probe-command-missing": { readonly command: string; readonly manner?: ConnectManner };
  "probe-trouble": {
    readonly what:
      | "none-found"
      /** The system has no USB bus at all; `detail`: what it runs in, where that shows. */
      | "no-usb"
      | "serial-not-found"
      /** The probe itself has none that the tool could read. */
      | "serial-absent"
      | "permission"
      | "busy"
      | "usb-error"
      | "unplugged"
      | "dfu-mode"
      | "driver-missing"
      | "firmware-too-old"
      | "upgrade-refused"
      /** An update of its firmware began and broke off; `detail`: what is left. */
      | "upgrade-broken"
      | "shared-server-missing"
      | "shared-server-refused"
      /** Nobody listens where an stlink-server was looked for. */
      | "server-absent"
      /** Something listens there that is none; `detail`: what it did. */
      | "server-strange"
      /** The server went away, or fell silent, in the middle of a session; `detail`: how. */
      | "server-gone"
      | "unsupported";
    readonly detail?: string;
    /** What was looked for, where it is no ST-LINK: `J-Link`. */
    readonly kind?: string;
    /**
     * What else the tool's words may come of: it names both in one breath, or its own code lacks the same, or it depends
     * on the system, which is not told.
     */
    readonly or?: "busy" | "tool" | "system";
    /** The updater had read the probe's version in its update mode before. */
    readonly afterVersion?: true;
    /** Generations of the firmware and of the least that the tool asks for, where it compares those of two. */
    readonly compared?: { readonly found: number; readonly least: number };
    /** The stlink-server that is, or should be, in front of the probe: `tcp:lab:7184`. */
    readonly server?: string;
  };
  /** The system's node of an ST-LINK on USB, and who may write it. */
  "probe-node": { readonly path: string; readonly writers: "root" };
  /** The computer itself lists an ST-LINK with this product ID among its USB devices. */
  "probe-on-usb": { readonly productId: number };
  /** A probe that one run of a tool does not find is seen by this other one. */
  "probe-seen": { readonly by: string };
  /** Whoever gives the text names a board of ST's, by its chip. */
  "board-told": { readonly chip: string };
  /** Whoever gives the text says that another session, or a program that takes the probe for itself, was open meanwhile. */
  "holder-told": { readonly program: string };
  /** Whoever gives the text names the computer's system. */
  "system-told": { readonly name: "windows" | "linux" | "macos" };
  /** A program that has a probe for itself was listed among those that run. */
  "process-running": { readonly program: string; readonly pid: number };
}
