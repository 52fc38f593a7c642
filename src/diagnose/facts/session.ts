/** Who speaks, what it was asked, how far it got. */

import type { HarmlessName } from "../catalogue/harmless.ts";
import type { ConnectManner, Stage, Tool } from "./vocabulary.ts";

export interface SessionFacts {
  tool: { readonly name: Tool; readonly version?: string };
  /** An option as given, by ST's long name where ST has one (`extload`, `initialize-reset`, `apid`, `frequency`). */
  option: { readonly name: string; readonly value: string; readonly tool?: Tool };
  /** A transport that the tool took by itself, since none was asked for. */
  "transport-chosen": { readonly transport: "jtag" };
  /** How this session goes about connecting, whether or not that succeeded. */
  "connect-mode": { readonly mode: ConnectManner };
  stage: { readonly stage: Stage; readonly reached: boolean };
  "exit-status": { readonly status: number; readonly tool?: Tool };
  /** From here on a tool was run as root (`sudo st-info`). */
  "run-as-root": Record<string, never>;
  "operating-system": { readonly name: "windows" | "linux" | "macos" };
  /** Work on flash began; what comes of it, a later fact tells. */
  "work-begun": { readonly operation: "erase" | "program" };
  /** The user ended what ran by the keyboard (^C). */
  interrupted: Record<string, never>;
  /** What a tool itself says the cause is, in its words: weak evidence, named so that it can be refuted. */
  verdict: { readonly tool?: Tool; readonly text: string };
  /** What a person who gives the text says is not as it should be: nothing that a tool printed. */
  complaint: { readonly text: string };
  /** A line that may look like trouble and is none, by its name in the catalogue. */
  harmless: { readonly name: HarmlessName };
  /** A tool calls what it says a warning. */
  warned: Record<string, never>;
  /** A moment: seconds since start as the log tells, if it does. */
  time: { readonly seconds: number };
}
