import { Body, Retry, type Surroundings } from "./body.ts";
import { classes, conditional, ifThen } from "./classes.ts";
import type { Encoding } from "./encoding.ts";
import type { Random } from "./random.ts";

/** One drawn case: a few instructions and the state in which they begin. */
export interface Drawn {
  readonly body: Body;
  /** R0 to R12, SP, LR. */
  readonly registers: readonly number[];
  /** APSR: N, Z, C, V, Q. */
  readonly flags: number;
  /** The register that no instruction of the body names: it points to the case's result. */
  readonly resultRegister: number;
}

/** All classes, then an IT block of whatever comes: the main classes of a run, in turn. */
export const allPrimaries: readonly (Encoding | undefined)[] = [...classes, undefined];

/**
 * Draws case number `index`. The main classes take turns, so all occur alike; every third case is an IT block around
 * its class, where that may stand in one.
 */
export function drawCase(
  primaries: readonly (Encoding | undefined)[],
  index: number,
  random: Random,
  place: (back: number) => { surroundings: Surroundings; first: number },
  dataAddress: number,
  resultAddress: number,
): Drawn {
  const primary = primaries[index % primaries.length];
  const back = primary?.back !== undefined && random.oneIn(2) ? primary.back : 0;
  const { surroundings, first } = place(back);
  for (let attempt = 0; attempt < 500; attempt++) {
    const body = new Body(random, surroundings, first, dataAddress);
    try {
      if (primary === undefined || (primary.it !== "never" && random.oneIn(3))) addBlock(body, primary);
      else body.add(primary);
      return finish(body, random, resultAddress);
    } catch (error) {
      if (!(error instanceof Retry)) throw error;
    }
  }
  throw new Error(`${primary?.name ?? ifThen}: nothing that fits in 500 attempts`);
}

/** An IT block of one to four instructions, `primary` one of them. */
function addBlock(body: Body, primary: Encoding | undefined): void {
  const { random } = body;
  const length = random.between(1, 4);
  const place = primary?.it === "last" ? length - 1 : random.below(length);
  const condition = random.below(15);
  let mask = 1;
  for (let i = 1; i < length; i++) {
    const then = condition === 14 || random.oneIn(2); // AL has no else (A7.7.38)
    mask = (mask << 1) | (then ? condition & 1 : ~condition & 1);
  }
  // the mask as built holds a leading 1, then a bit for each further instruction; the encoding wants a trailing 1
  mask = (((mask << 1) | 1) << (4 - length)) & 0xf;
  body.classes.push({ name: ifThen, at: body.halfwords.length });
  body.emit(0xbf00 | (condition << 4) | mask);
  for (let i = 0; i < length; i++) {
    body.add(i === place && primary !== undefined ? primary : random.pick(conditional));
  }
}

function finish(body: Body, random: Random, resultAddress: number): Drawn {
  const free = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14].filter((register) => !body.used.has(register));
  if (free.length === 0) throw new Retry();
  const resultRegister = random.pick(free);
  let other = random.value();
  const registers = Array.from({ length: 15 }, (_, register) => {
    if (register === resultRegister) return resultAddress;
    const drawn = random.oneIn(3) ? random.related(other) : random.value();
    const value = body.values[register] ?? (register === 13 ? (drawn & ~3) >>> 0 : drawn);
    if (body.used.has(register)) other = value;
    return value;
  });
  return { body, registers, flags: (random.below(32) << 27) >>> 0, resultRegister };
}
