import type { Chip } from "./chip.ts";

/** A DMA controller of a chip's family. */
export interface DmaController {
  readonly name: string;
  readonly base: number;
  readonly channels: number;
  /** F2, F4, F7 and H7 have streams (numbered from 0), the others channels (numbered from 1). */
  readonly kind: "channel" | "stream";
  /** Its bit in RCC: without clock it does nothing, and need not be looked at. */
  readonly clock: { readonly address: number; readonly bit: number };
}

/** One channel or stream as it is set up. */
export interface DmaChannel {
  readonly name: string;
  /** CCR, or SxCR: bit 0 is EN in both. */
  readonly control: number;
  /** Words from {@link control} on that tell what it does. */
  readonly words: number;
}

const pair = (
  kind: DmaController["kind"],
  first: number,
  rcc: number,
  bit: number,
  channels: readonly number[],
): readonly DmaController[] =>
  channels.map((count, i) => ({
    name: `DMA${i + 1}`,
    base: first + 0x400 * i,
    channels: count,
    kind,
    clock: { address: rcc, bit: bit + i },
  }));

/** From the DMA and RCC chapters of the reference manuals (RM0008 13.4, 7.3.6; RM0090 10.5, 7.3.10). */
const byFamily: Readonly<Record<string, readonly DmaController[]>> = {
  STM32F0: pair("channel", 0x40020000, 0x40021014, 0, [7]),
  STM32F1: pair("channel", 0x40020000, 0x40021014, 0, [7, 5]),
  STM32F3: pair("channel", 0x40020000, 0x40021014, 0, [7, 5]),
  STM32L0: pair("channel", 0x40020000, 0x40021030, 0, [7]),
  STM32L1: pair("channel", 0x40026000, 0x4002381c, 24, [7, 5]),
  STM32L4: pair("channel", 0x40020000, 0x40021048, 0, [7, 7]),
  STM32G0: pair("channel", 0x40020000, 0x40021038, 0, [7]),
  STM32G4: pair("channel", 0x40020000, 0x40021048, 0, [8, 8]),
  STM32F2: pair("stream", 0x40026000, 0x40023830, 21, [8, 8]),
  STM32F4: pair("stream", 0x40026000, 0x40023830, 21, [8, 8]),
  STM32F7: pair("stream", 0x40026000, 0x40023830, 21, [8, 8]),
  STM32H7: pair("stream", 0x40020000, 0x580244d8, 0, [8, 8]),
};

/** The DMA controllers that move data between memories and peripherals; empty where a family's are not known here. */
export function dmaControllers(chip: Chip | undefined): readonly DmaController[] {
  return chip === undefined ? [] : (byFamily[chip.family] ?? []);
}

/** The channels or streams of a controller. */
export function dmaChannels({ name, base, channels, kind }: DmaController): DmaChannel[] {
  return Array.from({ length: channels }, (_, i) =>
    kind === "channel"
      ? { name: `${name} channel ${i + 1}`, control: base + 0x08 + 20 * i, words: 4 }
      : { name: `${name} stream ${i}`, control: base + 0x10 + 0x18 * i, words: 4 },
  );
}

/**
 * Where a channel that is on writes to, from its words: control, count left, peripheral address, memory address; both
 * kinds have them in this order.
 */
export function dmaTarget(kind: DmaController["kind"], [control, , peripheral, memory]: readonly number[]): number {
  const toPeripheral = kind === "channel" ? (control & (1 << 4)) !== 0 : ((control >>> 6) & 3) === 1;
  return toPeripheral ? peripheral : memory;
}
