import type { Board } from "../boards/board.ts";
import { type BoardOptions, createBoard, demandBoard } from "../boards/boards.ts";
import type { Cable } from "../probe/cable.ts";
import type { VirtualProbeKind } from "../probe/identity.ts";
import type { Fault, FaultParameter, FaultPlan } from "./fault.ts";
import { nearestName } from "./nearest-name.ts";
import { specError } from "./spec-error.ts";
import { faults } from "./table.ts";

/** What was asked for in `sim:BOARD?...`. */
export interface WantedFaults {
  readonly board: string;
  readonly probe: VirtualProbeKind;
  /** The text of `fault=`: names with commas between them. */
  readonly names: string;
  /** All keys that were given. */
  readonly keys: ReadonlyMap<string, string>;
}

/**
 * Makes a plan of the faults that were asked for; a healthy bench for none. Throws `probe-spec-invalid` for a name that is
 * none, a board that a fault does not fit, faults that exclude each other, and keys that mean nothing beside them;
 * `board-unknown`.
 */
export function planFaults({ board, probe, names, keys }: WantedFaults): FaultPlan {
  demandBoard(board);
  const chosen = [...new Set(names.split(",").map((name) => name.trim()))].filter((name) => name !== "").map(byName);
  for (const fault of chosen) demandRoom(fault, board, keys);
  demandAgreement(chosen);
  demandParametersUsed(chosen, keys);
  const plan: FaultPlan = {
    board: {},
    wires: [],
    nrstOpen: false,
    nrstLow: false,
    vtrefOpen: false,
    claimed: false,
    poweredFor: 0,
    loaders: [],
  };
  for (const fault of chosen) {
    const parameter = (key: string): number => parameterOf(fault, key, keys);
    fault.apply(plan, { board, probe, parameter });
  }
  return plan;
}

/** The board of the plan. */
export function createFaultyBoard(name: string, options: BoardOptions, plan: FaultPlan): Board {
  const board: Board = createBoard(name, { ...options, ...plan.board });
  if (plan.nrstLow) board.chip.driveNrst(true);
  if (plan.poweredFor > 0) board.chip.advance(plan.poweredFor * 1e6);
  return board;
}

/** The leads of the plan; undefined where all are good. */
export function faultyCable({ wires, nrstOpen, vtrefOpen }: FaultPlan): Cable | undefined {
  if (wires.length === 0 && !nrstOpen && !vtrefOpen) return undefined;
  return {
    nrst: !nrstOpen,
    vtref: !vtrefOpen,
    wires: (port, clock) => wires.reduce((inner, wire) => wire(inner, clock), port),
  };
}

function byName(name: string): Fault {
  const found = faults.find((fault) => fault.name === name);
  if (found !== undefined) return found;
  const known = faults.map((fault) => fault.name);
  const nearest = nearestName(name, known);
  throw specError(`There is no fault called "${name}".`, { fault: name, ...(nearest !== undefined && { nearest }) }, [
    ...(nearest === undefined ? [] : [`Perhaps ${nearest} is meant.`]),
    `The faults are: ${known.join(", ")}. \`probity boards --faults\` describes them.`,
  ]);
}

function demandRoom(fault: Fault, board: string, keys: ReadonlyMap<string, string>): void {
  if (!fault.boards.includes(board)) {
    throw specError(`The fault ${fault.name} does not fit the board ${board}.`, { fault: fault.name, board }, [
      `It fits: ${fault.boards.join(", ")}.`,
    ]);
  }
  const taken = fault.refusesKeys?.find((key) => keys.has(key));
  if (taken !== undefined) {
    throw specError(`The fault ${fault.name} and ${taken}= decide the same.`, { fault: fault.name, key: taken }, [
      `Leave ${taken}= out, or the fault.`,
    ]);
  }
}

function demandAgreement(chosen: readonly Fault[]): void {
  for (const [index, one] of chosen.entries()) {
    for (const other of chosen.slice(index + 1)) {
      const reason = disagreement(one, other) ?? disagreement(other, one);
      if (reason === undefined) continue;
      throw specError(
        `The faults ${one.name} and ${other.name} cannot be there together: ${reason}`,
        {
          fault: one.name,
          other: other.name,
        },
        ["Leave one of them out."],
      );
    }
  }
}

function disagreement(one: Fault, other: Fault): string | undefined {
  const excluded = one.excludes?.find(({ name }) => name === other.name);
  if (excluded !== undefined) return excluded.reason;
  if (one.decides === undefined || one.decides !== other.decides) return undefined;
  return `there is one ${one.decides}, and both say what is wrong with it.`;
}

/** A parameter of a fault that was not asked for would be ignored in silence. */
function demandParametersUsed(chosen: readonly Fault[], keys: ReadonlyMap<string, string>): void {
  for (const fault of faults) {
    if (chosen.includes(fault)) continue;
    const stray = fault.parameters?.find(({ key }) => keys.has(key));
    if (stray === undefined) continue;
    throw specError(`${stray.key}= means nothing without the fault ${fault.name}.`, { key: stray.key }, [
      `Add fault=${fault.name}, or leave ${stray.key}= out.`,
    ]);
  }
}

function parameterOf(fault: Fault, key: string, keys: ReadonlyMap<string, string>): number {
  const parameter = fault.parameters?.find((candidate) => candidate.key === key);
  if (parameter === undefined) throw new Error(`The fault ${fault.name} has no parameter ${key}`);
  const text = keys.get(key);
  if (text === undefined) return parameter.initial;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (inRange(value, parameter)) return value;
  throw specError(`"${key}=${text}" means nothing to the fault ${fault.name}.`, { key, value: text }, [
    `Write ${key}= a number from ${parameter.minimum} to ${parameter.maximum} (${parameter.description}).`,
  ]);
}

function inRange(value: number, { minimum, maximum, initial }: FaultParameter): boolean {
  const whole = Number.isInteger(initial);
  return value >= minimum && value <= maximum && (!whole || Number.isInteger(value));
}
