/**
 * The highest frequency of a chip's core in MHz, by its datasheet's headline, by the start of the part's name, the most
 * special first. Where a row's revisions or voltages differ, the highest of them: what is beyond it is beyond all.
 */
const highest: readonly (readonly [part: RegExp, megahertz: number])[] = [
  [/^STM32F100/, 24],
  [/^STM32F101/, 36],
  [/^STM32F102/, 48],
  [/^STM32F10[357]/, 72],
  [/^STM32F2/, 120],
  [/^STM32F0/, 48],
  [/^STM32F3/, 72],
  [/^STM32F401/, 84],
  [/^STM32F41[0123]|^STM32F423/, 100],
  [/^STM32F4[01][57]/, 168],
  [/^STM32F4[23][79]|^STM32F446|^STM32F4[67]9/, 180],
  [/^STM32F7/, 216],
  [/^STM32L0/, 32],
  [/^STM32L1/, 32],
  [/^STM32L4[RSPQ]/, 120],
  [/^STM32L4/, 80],
  [/^STM32L5/, 110],
  [/^STM32G0/, 64],
  [/^STM32G4/, 170],
  [/^STM32C0/, 48],
  [/^STM32H5/, 250],
  [/^STM32H7[45]/, 480],
  [/^STM32H7[23]/, 550],
  [/^STM32H7[AB]/, 280],
  [/^STM32H7[RS]/, 600],
  [/^STM32U0/, 56],
  [/^STM32U3/, 96],
  [/^STM32U5/, 160],
  [/^STM32WBA/, 100],
  [/^STM32WB0/, 64],
  [/^STM32WB/, 64],
  [/^STM32WL/, 48],
];

/** Highest core frequency in Hz of the part with that name; `undefined` when it is not known. */
export function highestClock(part: string): number | undefined {
  const found = highest.find(([pattern]) => pattern.test(part.toUpperCase()));
  return found && found[1] * 1_000_000;
}
