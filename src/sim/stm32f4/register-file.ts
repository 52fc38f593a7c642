import type { AccessSize } from "../cpu/cpu.ts";
import type { Peripheral } from "../stm32/peripheral.ts";
import { lane, mergeLane } from "../stm32/register-block.ts";

/** A block without a model: every word keeps what is written to it, zero after reset. Nothing happens because of it. */
export class RegisterFile implements Peripheral {
  readonly name: string;
  readonly #words = new Map<number, number>();

  constructor(name: string) {
    this.name = name;
  }

  read(offset: number, size: AccessSize): number {
    return lane(this.#words.get(offset & ~3) ?? 0, offset, size);
  }

  write(offset: number, size: AccessSize, value: number): void {
    const register = offset & ~3;
    this.#words.set(register, mergeLane(this.#words.get(register) ?? 0, offset, size, value));
  }

  reset(): void {
    this.#words.clear();
  }
}
