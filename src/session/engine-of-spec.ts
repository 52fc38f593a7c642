import { ProbityError } from "../base/errors.ts";
import type { EngineName } from "../sim/cpu/cpu.ts";
import { engineNames } from "../sim/cpu/default-engine.ts";
import { type ProbeSpec, parseProbeSpec } from "./probe-spec.ts";

/** An engine by its name. `where` is what was given that name. Throws `engine-invalid`. */
export function engineNamed(name: string, where: string): EngineName {
  const found = engineNames.find((each) => each === name);
  if (found !== undefined) return found;
  throw new ProbityError("engine-invalid", `${where} "${name}" names no engine.`, {
    facts: { engine: name, known: engineNames.join(", ") },
    remedy: [`Give one of: ${engineNames.join(", ")}.`],
  });
}

/**
 * Reads the text after `--probe` together with the word after `--engine`, when there is one: a virtual board gets it as
 * its key `engine`. Throws `probe-spec-invalid` and `engine-invalid`.
 */
export function probeSpecWithEngine(text: string, engine: string | undefined): ProbeSpec {
  const spec = parseProbeSpec(text);
  if (engine === undefined) return spec;
  engineNamed(engine, "--engine");
  if (spec.kind !== "sim") {
    throw new ProbityError("engine-invalid", `--engine is for a virtual board, and --probe ${text} is none.`, {
      facts: { engine, probe: text },
      remedy: ["Leave --engine out, or use a virtual board: --probe sim:BOARD (`probity boards` lists them)."],
    });
  }
  const own = spec.keys.get("engine");
  if (own !== undefined && own !== engine) {
    throw new ProbityError("engine-invalid", `--engine ${engine} and engine=${own} after --probe contradict.`, {
      facts: { engine, probe: text },
      remedy: ["Leave one of them out."],
    });
  }
  return { ...spec, keys: new Map([...spec.keys, ["engine", engine]]) };
}
