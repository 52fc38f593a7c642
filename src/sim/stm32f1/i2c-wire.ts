/** A part on an I2C bus, as its master sees it. */
export interface I2cDevice {
  /** The part answers to this 7-bit address (without the direction bit). */
  matches(address: number): boolean;
  /** Its 10-bit address, for the few parts that have one. */
  readonly tenBitAddress?: number;
  /** Addressed after a START or repeated START; false leaves the address unacknowledged (a part that is busy). */
  start(read: boolean, address: number): boolean;
  /** A byte from the master; false does not acknowledge it. */
  write(byte: number): boolean;
  /** A byte for the master. */
  read(): number;
  /** STOP, or a repeated START that addressed another part. */
  stop(): void;
}

/** The two wires with the parts on them. An open bus reads as ones, and nobody acknowledges. */
export class I2cWire {
  readonly #devices: I2cDevice[] = [];
  #selected: readonly I2cDevice[] = [];
  /** Parts whose 10-bit address fits the header sent last, until its second byte comes. */
  #header = 0;

  attach(device: I2cDevice): void {
    this.#devices.push(device);
  }

  /** A 7-bit address with its direction; true when some part acknowledges. */
  address(address: number, read: boolean): boolean {
    return this.#select(
      this.#devices.filter((device) => device.matches(address)),
      read,
      address,
    );
  }

  /** The header of a 10-bit address: its two upper bits. With `read` it addresses anew the part that was addressed in full before. */
  tenBitHeader(upper: number, read: boolean): boolean {
    this.#header = upper;
    if (read) {
      const before = this.#selected.filter((device) => (device.tenBitAddress ?? -1) >> 8 === upper);
      return this.#select(before, true, before[0]?.tenBitAddress ?? 0);
    }
    return this.#devices.some((device) => (device.tenBitAddress ?? -1) >> 8 === upper);
  }

  /** The lower eight bits of a 10-bit address. */
  tenBitRest(lower: number): boolean {
    const address = (this.#header << 8) | lower;
    return this.#select(
      this.#devices.filter((device) => device.tenBitAddress === address),
      false,
      address,
    );
  }

  write(byte: number): boolean {
    let acknowledged = false;
    for (const device of this.#selected) if (device.write(byte)) acknowledged = true;
    return acknowledged;
  }

  read(): number {
    return this.#selected.reduce((byte, device) => byte & device.read(), 0xff);
  }

  stop(): void {
    for (const device of this.#selected) device.stop();
    this.#selected = [];
  }

  #select(devices: readonly I2cDevice[], read: boolean, address: number): boolean {
    for (const device of this.#selected) if (!devices.includes(device)) device.stop();
    this.#selected = devices.filter((device) => device.start(read, address));
    return this.#selected.length > 0;
  }
}
