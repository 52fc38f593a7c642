// Made by firmware/flash-algorithm/generate.mjs; do not edit.
import { type LabelledAlgorithm, wordsOf } from "./ram-algorithm.ts";

/** What a flash loader is called from, r0 the control block of its queue; see firmware/flash-algorithm/loader-queue.S. */
export const loaderQueue: LabelledAlgorithm<"faultTrap" | "leaveHandler"> = {
  entry: 0xc,
  labels: { faultTrap: 0x4, leaveHandler: 0x8 },
  code: wordsOf(`
    e7fdbe00 e7fdbe01 46c04770 4604b5f0 68a62500 1c696927 428869f0 6830d1fc d0152800 68704684 68f268b1 47e06933
    60b16070 69713501 d0022900 428869b1 6025d105 183668e0 d1e43f01 6065e7e1 46c0bdf0
  `),
};
