/** One thing that is done in the guest, and what has to come of it. */
export interface Step {
  readonly name: string;
  /** Lines for bash, as root, in the project's folder; `prelude.sh` has been read. */
  readonly run: string;
  /** What must be in its output, each on a line of its own. */
  readonly expect: readonly RegExp[];
  /** What must not be in it. */
  readonly never?: readonly RegExp[];
  /** 0 unless given; "any" where it says nothing. */
  readonly status?: number | "any";
  /** Seconds; 180 unless given. */
  readonly limit?: number;
}

/** One run of the virtual machine. */
export interface Scenario {
  readonly name: string;
  /** Options of `probity sim usb`, for each probe that is plugged in. */
  readonly probes: readonly (readonly string[])[];
  readonly steps: readonly Step[];
}

/** What a step printed, how it ended and how long it took. */
export interface Outcome {
  readonly output: string;
  readonly status: number;
  readonly seconds: number;
}

/** What is wrong with an outcome; nothing when it is as it has to be. */
export function complaints(step: Step, { output, status }: Outcome): string[] {
  const wanted = step.status ?? 0;
  return [
    ...(wanted !== "any" && status !== wanted ? [`ended with status ${status} instead of ${wanted}`] : []),
    ...step.expect.filter((one) => !one.test(output)).map((one) => `nothing in its output matches ${one}`),
    ...(step.never ?? []).filter((one) => one.test(output)).map((one) => `its output matches ${one}`),
  ];
}

/** The lines of the output in which something expected stands. */
export function seen(step: Step, output: string): string[] {
  const lines = output.split("\n");
  const starts = lines.map((_, index) => lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, 0));
  const found = new Set<number>();
  for (const pattern of step.expect) {
    const match = pattern.exec(output);
    if (match === null) continue;
    lines.forEach((line, index) => {
      const begins = starts[index] < match.index + match[0].length;
      if (begins && starts[index] + line.length >= match.index && line.trim() !== "") found.add(index);
    });
  }
  return [...found].sort((a, b) => a - b).map((index) => lines[index].trimEnd());
}
