/** The instructions of the DSP extension (ARMv7-M A4.4.3 to A4.4.7), as `imm` of a decoded `Op.DSP` numbers them. */
export const Dsp = {
  SXTAH: 0,
  UXTAH: 1,
  SXTAB16: 2,
  UXTAB16: 3,
  SXTAB: 4,
  UXTAB: 5,
  QADD: 6,
  QDADD: 7,
  QSUB: 8,
  QDSUB: 9,
  SEL: 10,
  PKHBT: 11,
  PKHTB: 12,
  SSAT16: 13,
  USAT16: 14,
  /** SMULxy too: with the zero register as accumulator. `s` bit 1: the top half of Rn, bit 0: of Rm. So for all that follow. */
  SMLA: 15,
  /** `s` bit 0: exchange the halves of Rm. */
  SMLAD: 16,
  SMLSD: 17,
  SMLAW: 18,
  /** `s` bit 0: round. */
  SMMLA: 19,
  SMMLS: 20,
  USADA8: 21,
  SMLAL: 22,
  SMLALD: 23,
  SMLSLD: 24,
  UMAAL: 25,
  // Parallel additions and subtractions; `s` is the kind of {@link ParallelKind}.
  ADD8: 32,
  ADD16: 33,
  ASX: 34,
  SUB8: 36,
  SUB16: 37,
  SAX: 38,
} as const;

/** Prefix of a parallel instruction, as hw2[6:4] encodes it (A5.3.13, A5.3.14). */
export const ParallelKind = { S: 0, Q: 1, SH: 2, U: 4, UQ: 5, UH: 6 } as const;
