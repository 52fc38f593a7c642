/** One setting of a V2's wire clock. */
interface Divisor {
  readonly kilohertz: number;
  readonly divisor: number;
}

/** SWD_SET_FREQ (43), fastest first. The figures are the usual names; a scope shows up to 40 % less at the top. */
export const swdDivisors: readonly Divisor[] = [
  { kilohertz: 4000, divisor: 0 },
  { kilohertz: 1800, divisor: 1 },
  { kilohertz: 1200, divisor: 2 },
  { kilohertz: 950, divisor: 3 },
  { kilohertz: 650, divisor: 5 },
  { kilohertz: 480, divisor: 7 },
  { kilohertz: 400, divisor: 9 },
  { kilohertz: 360, divisor: 10 },
  { kilohertz: 240, divisor: 15 },
  { kilohertz: 150, divisor: 25 },
  { kilohertz: 125, divisor: 31 },
  { kilohertz: 100, divisor: 40 },
  { kilohertz: 50, divisor: 79 },
  { kilohertz: 25, divisor: 158 },
  { kilohertz: 15, divisor: 265 },
  { kilohertz: 5, divisor: 798 },
];

/** JTAG_SET_FREQ (44), fastest first. 18 MHz (divisor 2) is left out: it is unstable. */
export const jtagDivisors: readonly Divisor[] = [
  { kilohertz: 9000, divisor: 4 },
  { kilohertz: 4500, divisor: 8 },
  { kilohertz: 2250, divisor: 16 },
  { kilohertz: 1125, divisor: 32 },
  { kilohertz: 562, divisor: 64 },
  { kilohertz: 281, divisor: 128 },
  { kilohertz: 140, divisor: 256 },
];

/** The highest entry not above `kilohertz`; the lowest there is when all are above it. */
export function chooseDivisor(table: readonly Divisor[], kilohertz: number): Divisor {
  return table.find((entry) => entry.kilohertz <= kilohertz) ?? table[table.length - 1];
}

/** The same choice from the list that a V3 gives; zero entries are unused places. */
export function chooseFrequency(list: readonly number[], kilohertz: number): number {
  const sorted = list.filter((entry) => entry > 0).sort((a, b) => b - a);
  return sorted.find((entry) => entry <= kilohertz) ?? sorted[sorted.length - 1] ?? kilohertz;
}
