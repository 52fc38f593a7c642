import { Dsp, ParallelKind } from "./dsp-operations.ts";
import type { CpuState } from "./state.ts";

/**
 * Executes one instruction of the DSP extension (ARMv7-M A7.7). `a`, `b`, `c` and `d` are register numbers, `s` the
 * number that {@link Dsp} describes; register 15 reads as zero and serves where an operand is left out.
 */
export function executeDsp(
  state: CpuState,
  operation: number,
  a: number,
  b: number,
  c: number,
  d: number,
  s: number,
): void {
  const r = state.r;
  const n = r[b];
  const m = r[c];
  if (operation >= Dsp.ADD8) {
    r[a] = parallel(state, operation, s, n, m);
    return;
  }
  switch (operation) {
    case Dsp.SXTAH:
      r[a] = n + half(rotate(m, s));
      break;
    case Dsp.UXTAH:
      r[a] = n + (rotate(m, s) & 0xffff);
      break;
    case Dsp.SXTAB:
      r[a] = n + byte(rotate(m, s));
      break;
    case Dsp.UXTAB:
      r[a] = n + (rotate(m, s) & 0xff);
      break;
    case Dsp.SXTAB16:
      r[a] = join(n + byte(rotate(m, s)), (n >>> 16) + byte(rotate(m, s) >>> 16));
      break;
    case Dsp.UXTAB16:
      r[a] = join(n + (rotate(m, s) & 0xff), (n >>> 16) + ((rotate(m, s) >>> 16) & 0xff));
      break;
    case Dsp.QADD:
      r[a] = saturate(state, m + n, 32);
      break;
    case Dsp.QSUB:
      r[a] = saturate(state, m - n, 32);
      break;
    case Dsp.QDADD:
      r[a] = saturate(state, m + saturate(state, 2 * n, 32), 32);
      break;
    case Dsp.QDSUB:
      r[a] = saturate(state, m - saturate(state, 2 * n, 32), 32);
      break;
    case Dsp.SEL:
      r[a] = select(state.ge, n, m);
      break;
    case Dsp.PKHBT:
      r[a] = (n & 0xffff) | ((m << s) & ~0xffff);
      break;
    case Dsp.PKHTB:
      r[a] = (n & ~0xffff) | ((m >> s) & 0xffff);
      break;
    case Dsp.SSAT16:
      r[a] = join(saturate(state, half(n), s), saturate(state, n >> 16, s));
      break;
    case Dsp.USAT16:
      r[a] = join(saturateUnsigned(state, half(n), s), saturateUnsigned(state, n >> 16, s));
      break;
    case Dsp.USADA8:
      r[a] = r[d] + differences(n, m);
      break;
    default:
      multiply(state, operation, a, n, m, d, s);
  }
}

/** Multiplies of half-words, and those that keep the top word. */
function multiply(state: CpuState, operation: number, a: number, n: number, m: number, d: number, s: number): void {
  const r = state.r;
  switch (operation) {
    case Dsp.SMLA:
      r[a] = noteOverflow(state, chosen(n, s >> 1) * chosen(m, s & 1) + r[d]);
      break;
    case Dsp.SMLAD:
      r[a] = noteOverflow(state, lowProduct(n, m, s) + highProduct(n, m, s) + r[d]);
      break;
    case Dsp.SMLSD:
      r[a] = noteOverflow(state, lowProduct(n, m, s) - highProduct(n, m, s) + r[d]);
      break;
    case Dsp.SMLAW:
      r[a] = noteOverflow(state, Math.floor((n * chosen(m, s & 1) + r[d] * 0x10000) / 0x10000));
      break;
    case Dsp.SMMLA:
    case Dsp.SMMLS: {
      const product = BigInt(n) * BigInt(m);
      const rounding = s === 1 ? 0x8000_0000n : 0n;
      const sum = (BigInt(r[d]) << 32n) + (operation === Dsp.SMMLA ? product : -product) + rounding;
      r[a] = Number(BigInt.asIntN(32, sum >> 32n));
      break;
    }
    default:
      accumulateLong(state, a, d, longTerm(state, operation, a, n, m, d, s));
  }
}

/** What a long multiply leaves in the pair: 64 bits, exactly. */
function longTerm(state: CpuState, operation: number, a: number, n: number, m: number, d: number, s: number): bigint {
  const low = BigInt(state.r[a] >>> 0);
  const high = BigInt(state.r[d] >>> 0);
  const before = (high << 32n) + low;
  switch (operation) {
    case Dsp.SMLAL:
      return before + BigInt(chosen(n, s >> 1) * chosen(m, s & 1));
    case Dsp.SMLALD:
      return before + BigInt(lowProduct(n, m, s) + highProduct(n, m, s));
    case Dsp.SMLSLD:
      return before + BigInt(lowProduct(n, m, s) - highProduct(n, m, s));
    default:
      // UMAAL
      return BigInt(n >>> 0) * BigInt(m >>> 0) + low + high;
  }
}

function accumulateLong(state: CpuState, a: number, d: number, value: bigint): void {
  state.r[a] = Number(BigInt.asIntN(32, value));
  state.r[d] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Additions and subtractions of bytes or half-words side by side; those that neither saturate nor halve set GE. */
function parallel(state: CpuState, operation: number, kind: number, n: number, m: number): number {
  const unsigned = kind >= ParallelKind.U;
  const bytes = operation === Dsp.ADD8 || operation === Dsp.SUB8;
  const bits = bytes ? 8 : 16;
  const count = 32 / bits;
  // Which lane of m meets the lowest of n, and whether that and the highest are subtracted.
  const exchanged = operation === Dsp.ASX || operation === Dsp.SAX;
  let result = 0;
  let ge = 0;
  for (let lane = 0; lane < count; lane++) {
    const x = laneOf(n, lane, bits, unsigned);
    const y = laneOf(m, exchanged ? 1 - lane : lane, bits, unsigned);
    const subtracts =
      operation === Dsp.SUB8 ||
      operation === Dsp.SUB16 ||
      (operation === Dsp.ASX && lane === 0) ||
      (operation === Dsp.SAX && lane === 1);
    const value = subtracts ? x - y : x + y;
    const reaches = unsigned && !subtracts ? value >= 2 ** bits : value >= 0;
    if (reaches) ge |= (bytes ? 1 : 3) << (bytes ? lane : lane * 2);
    result |= (shaped(value, kind, bits) & (2 ** bits - 1)) << (lane * bits);
  }
  if (kind === ParallelKind.S || kind === ParallelKind.U) state.ge = ge;
  return result;
}

function shaped(value: number, kind: number, bits: number): number {
  switch (kind) {
    case ParallelKind.Q:
      return clamp(value, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
    case ParallelKind.UQ:
      return clamp(value, 0, 2 ** bits - 1);
    case ParallelKind.SH:
    case ParallelKind.UH:
      return value >> 1;
    default:
      return value;
  }
}

function laneOf(word: number, lane: number, bits: number, unsigned: boolean): number {
  const raised = word << (32 - bits * (lane + 1));
  return unsigned ? raised >>> (32 - bits) : raised >> (32 - bits);
}

function clamp(value: number, lowest: number, highest: number): number {
  return value < lowest ? lowest : Math.min(value, highest);
}

/** SignedSatQ (A2.2.1): Q is set when the value does not fit. */
function saturate(state: CpuState, value: number, bits: number): number {
  const result = clamp(value, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1);
  if (result !== value) state.q = 1;
  return result;
}

function saturateUnsigned(state: CpuState, value: number, bits: number): number {
  const result = clamp(value, 0, 2 ** bits - 1);
  if (result !== value) state.q = 1;
  return result;
}

/** The low 32 bits; Q is set when that is not the whole of it. */
function noteOverflow(state: CpuState, value: number): number {
  if (value !== (value | 0)) state.q = 1;
  return value | 0;
}

function rotate(word: number, by: number): number {
  return by === 0 ? word : (word >>> by) | (word << (32 - by));
}

function half(word: number): number {
  return (word << 16) >> 16;
}

function byte(word: number): number {
  return (word << 24) >> 24;
}

function join(low: number, high: number): number {
  return (low & 0xffff) | (high << 16);
}

function chosen(word: number, top: number): number {
  return top !== 0 ? word >> 16 : half(word);
}

function lowProduct(n: number, m: number, exchange: number): number {
  return half(n) * chosen(m, exchange);
}

function highProduct(n: number, m: number, exchange: number): number {
  return (n >> 16) * chosen(m, exchange ^ 1);
}

/** SEL: each byte from n where its GE bit is set, else from m. */
function select(ge: number, n: number, m: number): number {
  let mask = 0;
  for (let lane = 0; lane < 4; lane++) if ((ge >>> lane) & 1) mask |= 0xff << (lane * 8);
  return (n & mask) | (m & ~mask);
}

/** Sum of the absolute differences of four unsigned bytes. */
function differences(n: number, m: number): number {
  let sum = 0;
  for (let shift = 0; shift < 32; shift += 8) sum += Math.abs(((n >>> shift) & 0xff) - ((m >>> shift) & 0xff));
  return sum;
}
