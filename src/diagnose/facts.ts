/**
 * Facts: what was read, from a target, a log, a command line or a project. Rules (`rules/`) conclude findings from
 * them and from nothing else, so that one rule serves the live server, `doctor` and `explain` alike.
 *
 * A fact says what a thing *is* ("nothing answered on the wires under reset at 950 kHz"), never which words a tool
 * chose for it: readers of logs (`logs/`) turn each tool's words into these kinds. A kind that no fact stands for yet
 * is added here, with its unit and meaning.
 */

import type { BootLoaderFacts } from "./facts/boot-loader.ts";
import type { ChipFacts } from "./facts/chip.ts";
import type { CoreFacts } from "./facts/core.ts";
import type { FlashFacts } from "./facts/flash.ts";
import type { LoaderFacts } from "./facts/loader.ts";
import type { ProbeFacts } from "./facts/probe.ts";
import type { SessionFacts } from "./facts/session.ts";
import type { SetupFacts } from "./facts/setup.ts";
import type { Tool } from "./facts/vocabulary.ts";
import type { WireFacts } from "./facts/wire.ts";

export type { ConnectManner, Stage, Tool } from "./facts/vocabulary.ts";

/** The value of each kind of fact. */
export interface FactValues
  extends SessionFacts,
    ProbeFacts,
    BootLoaderFacts,
    WireFacts,
    ChipFacts,
    CoreFacts,
    LoaderFacts,
    FlashFacts,
    SetupFacts {}

export type FactKind = keyof FactValues;

/** Where a fact was read. */
export type FactSource =
  /** A read of the target or probe, and in which step: `DPIDR, under reset`. */
  | { readonly from: "target"; readonly what: string }
  /** A line of a log; `line` counts from 1 in the file as given. `guessed`: only what its words are about is known. */
  | {
      readonly from: "log";
      readonly line: number;
      readonly text: string;
      readonly tool?: Tool;
      readonly guessed?: boolean;
    }
  /** A command line's option. */
  | { readonly from: "option"; readonly text: string }
  | { readonly from: "project"; readonly file: string; readonly line?: number; readonly key?: string };

/** One thing that was read. */
export interface FactOf<Kind extends FactKind> {
  readonly kind: Kind;
  readonly value: FactValues[Kind];
  readonly source: FactSource;
}

export type Fact = { [Kind in FactKind]: FactOf<Kind> }[FactKind];

/** Makes a fact; saves writing its type. */
export function fact<Kind extends FactKind>(kind: Kind, value: FactValues[Kind], source: FactSource): FactOf<Kind> {
  return { kind, value, source };
}
