import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProbityError } from "../base/errors.ts";
import type { LoaderTarget } from "../diagnose/loader/loader-facts.ts";
import { flashCancelled } from "../flash/cancelled.ts";
import type { ExternalMemory } from "../flash/loader/external-memory.ts";
import type { FlashProgrammer, FlashProgress, ImageSegment, ProgramOptions } from "../flash/programmer.ts";
import { FindingError } from "./finding-error.ts";
import { LoadedMemory } from "./loaded-memory.ts";
import { Memories } from "./memories.ts";

const target = { chip: undefined, chipName: "a chip", deviceId: undefined, ram: [] } as unknown as LoaderTarget;

/** What a memory was asked to do, in order. */
class Recorder {
  readonly bytes = new Map<number, number>();
  readonly erased: (readonly [number, number])[] = [];
  readonly reads: (readonly [number, number])[] = [];
  inits = 0;
  failure: Error | undefined;
  progress: FlashProgress | undefined;

  program = async (image: readonly ImageSegment[], { onProgress }: ProgramOptions = {}): Promise<void> => {
    if (this.progress !== undefined) onProgress?.(this.progress);
    if (this.failure !== undefined) throw this.failure;
    for (const { address, data } of image) {
      for (const [i, byte] of data.entries()) {
        expect(this.bytes.has(address + i), "written once").toBe(false);
        this.bytes.set(address + i, byte);
      }
    }
  };
  erase = async (address: number, length: number): Promise<void> => {
    this.erased.push([address, length]);
  };
  read = async (address: number, length: number): Promise<Uint8Array> => {
    this.reads.push([address, length]);
    return new Uint8Array(length).fill(0x5a);
  };
  init = async (): Promise<void> => {
    this.inits++;
  };
}

function flashOf(recorder: Recorder, base: number, size: number): FlashProgrammer {
  return { ...recorder, region: { base, size, pageSize: 16, erasedValue: 0xff } } as unknown as FlashProgrammer;
}

function loadedOf(recorder: Recorder, start: number, size: number, { name = "X", mapped = true } = {}): LoadedMemory {
  const memory = {
    ...recorder,
    mapped,
    device: { kind: "NOR flash", name, start, size },
    loader: { fileName: `${name}.stldr` },
    contains: (address: number) => address >= start && address < start + size,
  };
  return new LoadedMemory(memory as unknown as ExternalMemory, target, false);
}

/** Flash inside from 1000 to 1099, one memory right behind it, one over its middle, one elsewhere. */
function example() {
  const [inside, behind, within, far] = [new Recorder(), new Recorder(), new Recorder(), new Recorder()];
  const loaded = [
    loadedOf(behind, 1100, 50, { name: "BEHIND" }),
    loadedOf(within, 1040, 20, { name: "WITHIN" }),
    loadedOf(far, 5000, 100, { name: "FAR" }),
  ];
  return { inside, behind, within, far, loaded, memories: new Memories(flashOf(inside, 1000, 100), loaded) };
}

function ownerOf(address: number): "inside" | "behind" | "within" | "far" {
  if (address >= 5000) return "far";
  if (address >= 1100) return "behind";
  return address >= 1040 && address < 1060 ? "within" : "inside";
}

describe("programming", () => {
  it("sends every byte to the memory that it belongs to, wherever a piece begins and ends", async () => {
    const piece = fc.oneof(
      fc.tuple(fc.integer({ min: 1000, max: 1149 }), fc.integer({ min: 1, max: 150 })),
      fc.tuple(fc.integer({ min: 5000, max: 5099 }), fc.integer({ min: 1, max: 100 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 4 }), async (pieces) => {
        const { memories, ...rest } = example();
        const { jobs } = memories;
        const wanted = new Map<number, number>();
        for (const [i, [address, length]] of pieces.entries()) {
          const end = Math.min(address + length, address >= 5000 ? 5100 : 1150);
          const data = Uint8Array.from({ length: end - address }, (_, j) => (i * 50 + j) & 0xff);
          jobs?.write(address, data);
          for (const [j, byte] of data.entries()) wanted.set(address + j, byte);
        }
        await memories.program(jobs?.take().image ?? [], {});
        for (const name of ["inside", "behind", "within", "far"] as const) {
          const own = [...wanted].filter(([address]) => ownerOf(address) === name);
          expect([...rest[name].bytes].sort(([a], [b]) => a - b)).toEqual(own.sort(([a], [b]) => a - b));
        }
      }),
    );
  });

  it("of one part that fails leaves the others be, and the error says what was loaded", async () => {
    const { memories, inside, behind, far } = example();
    behind.failure = new ProbityError("flash-timeout", "It took too long.", { facts: { at: 1 }, remedy: ["Wait."] });
    const image = [
      { address: 1000, data: Uint8Array.of(1) },
      { address: 1100, data: Uint8Array.of(2) },
      { address: 5000, data: Uint8Array.of(3) },
    ];
    const error = await memories.program(image, {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "flash-timeout",
      message:
        "It took too long. What belongs into internal flash and NOR flash FAR was loaded; only the rest was not.",
      facts: { at: 1 },
      remedy: ["Wait."],
      cause: behind.failure,
    });
    expect([inside.bytes.size, behind.bytes.size, far.bytes.size]).toEqual([1, 0, 1]);
  });

  it("keeps a finding a finding, and throws the first of several errors as it is when nothing was loaded", async () => {
    const { memories, behind, far } = example();
    const finding = {
      code: "loader-x",
      certainty: "certain",
      cause: "Because.",
      evidence: ["seen"],
      remedy: [],
    } as const;
    behind.failure = new FindingError(finding);
    const both = [
      { address: 1100, data: Uint8Array.of(2) },
      { address: 5000, data: Uint8Array.of(3) },
    ];
    const note = "What belongs into NOR flash FAR was loaded; only the rest was not.";
    const error = await memories.program(both, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FindingError);
    expect((error as FindingError).finding).toEqual({ ...finding, evidence: ["seen", note] });
    far.failure = new Error("another");
    await expect(memories.program(both, {})).rejects.toBe(behind.failure);
  });
});

describe("a load that is ended in the middle", () => {
  const image = [
    { address: 1000, data: new Uint8Array(8) },
    { address: 1100, data: new Uint8Array(16) },
    { address: 5000, data: Uint8Array.of(3) },
  ];

  it.each([
    ["program", "is incomplete (program: 4 of 16 bytes)"],
    ["compare", "was not changed yet"],
    ["verify", "holds the program, but was not verified"],
  ] as const)("in the phase %s says what is there and begins nothing more", async (phase, state) => {
    const { memories, behind, far } = example();
    const seen: unknown[] = [];
    behind.progress = { phase, done: 4, total: 16 };
    behind.failure = flashCancelled();
    const onProgress = (progress: unknown): void => void seen.push(progress);
    await expect(memories.program(image, { onProgress })).rejects.toMatchObject({
      code: "flash-cancelled",
      message: `The load was ended in the middle, because it was interrupted or the debugger went away: NOR flash BEHIND from 0x0000044c to 0x0000045b ${state}. Internal flash was loaded before. NOR flash FAR was not begun.`,
      facts: { address: 1100, end: 1116, phase, done: 4, total: 16 },
    });
    expect(seen).toEqual([behind.progress]);
    expect(far.bytes.size).toBe(0);
  });
});

describe("erasing", () => {
  it("divides a stretch among the memories that it touches", async () => {
    const { memories, inside, behind, within, far } = example();
    await memories.eraseAll([
      { address: 1030, length: 90 },
      { address: 5010, length: 1 },
    ]);
    expect(inside.erased).toEqual([
      [1030, 10],
      [1060, 40],
    ]);
    expect(within.erased).toEqual([[1040, 20]]);
    expect(behind.erased).toEqual([[1100, 20]]);
    expect(far.erased).toEqual([[5010, 1]]);
  });
});

describe("what may be programmed", () => {
  it("is what flash and loaders cover, without a gap between them", () => {
    const { memories } = example();
    expect(() => memories.jobs?.write(1149, new Uint8Array(2))).toThrow(/NOR flash BEHIND/);
    expect(() => memories.jobs?.erase(4999, 2)).toThrow(/this chip.s flash/);
    memories.jobs?.write(1000, new Uint8Array(150));
  });

  it("is nothing without either, and a loader's memory alone where nothing programs the flash inside", () => {
    expect(new Memories(undefined, []).jobs).toBe(undefined);
    const alone = new Memories(undefined, [loadedOf(new Recorder(), 5000, 100)]);
    alone.jobs?.write(5000, new Uint8Array(100));
    expect(() => alone.jobs?.write(1000, new Uint8Array(1))).toThrow(/in none of .*: NOR flash X/);
    expect(alone.loadedAt(5099)).toBe(alone.loaded[0]);
    expect(alone.loadedAt(5100)).toBe(undefined);
  });
});

describe("reading", () => {
  const direct = async (): Promise<Uint8Array> => Uint8Array.of(1, 2);
  const fault = new ProbityError("memory-fault", "no answer", { facts: { address: 5000 } });

  it("calls Init() once after a reset where the memory is mapped, and then reads at the address", async () => {
    const recorder = new Recorder();
    const memory = loadedOf(recorder, 5000, 100);
    const memories = new Memories(undefined, [memory]);
    const read = (options: { halted: boolean; mayInit: boolean }) =>
      memories.read(memory, 5000, 2, { direct, ...options });
    expect(await read({ halted: false, mayInit: true })).toEqual(Uint8Array.of(1, 2));
    await read({ halted: true, mayInit: false });
    expect(recorder.inits).toBe(0);
    await read({ halted: true, mayInit: true });
    await read({ halted: true, mayInit: true });
    expect(recorder.inits).toBe(1);
    memories.forgetInit();
    expect(memory.ready).toBe(false);
    await read({ halted: true, mayInit: true });
    expect([recorder.inits, recorder.reads]).toEqual([2, []]);
  });

  it("says how to get an answer where a mapped memory gives none", async () => {
    const memory = loadedOf(new Recorder(), 5000, 100, { name: "QUIET" });
    const memories = new Memories(undefined, [memory]);
    const options = { direct: () => Promise.reject(fault), halted: true, mayInit: false };
    await expect(memories.read(memory, 5000, 2, options)).rejects.toMatchObject({
      code: "memory-fault",
      message: expect.stringMatching(/0x00001388: the NOR flash QUIET is not set up since the last reset/),
      remedy: expect.arrayContaining([expect.stringMatching(/Init\(\) of QUIET\.stldr.*--external-init/)]),
    });
    const lost = new ProbityError("link-lost", "gone");
    await expect(memories.read(memory, 5000, 2, { ...options, direct: () => Promise.reject(lost) })).rejects.toBe(lost);
  });

  it("goes through the loader where the memory is not mapped, keeps what came along, and needs the core halted", async () => {
    const recorder = new Recorder();
    const memory = loadedOf(recorder, 4096, 8192, { mapped: false });
    const memories = new Memories(undefined, [memory]);
    const read = (address: number, halted = true) =>
      memories.read(memory, address, 2, { direct, halted, mayInit: true });
    await expect(read(4096, false)).rejects.toMatchObject({ code: "target-running" });
    expect(await read(4096)).toEqual(Uint8Array.of(0x5a, 0x5a));
    await read(4100);
    expect(recorder.reads).toHaveLength(1);
    memories.forgetContent();
    await read(4100);
    await memories.program([{ address: 5000, data: Uint8Array.of(1) }], {});
    await read(4100);
    expect(recorder.reads).toHaveLength(3);
  });
});
