import type { Link } from "../link/link.ts";
import { SharedDevice } from "./shared-device.ts";

const FIRST_DEVICE_ID = 0xcafe0001;

export interface DeviceListOptions {
  /** Opens probes that were attached since; what it resolves to is shared, too. */
  readonly discover?: (known: readonly string[]) => Promise<readonly Link[]>;
  /** Told of every USB command before it is carried out. */
  readonly onCommand?: (block: Uint8Array) => void;
}

/** The probes that a server shares. Each keeps its number for as long as the server runs. */
export class DeviceList {
  readonly #all: SharedDevice[] = [];
  readonly #options: DeviceListOptions;
  #present: readonly SharedDevice[] = [];
  #refreshing: Promise<void> | undefined;

  constructor(links: readonly Link[], options: DeviceListOptions) {
    this.#options = options;
    for (const link of links) this.#add(link);
    this.#look();
  }

  /** Those that are attached, as the last REFRESH found them: an index into it means the same probe until the next. */
  get present(): readonly SharedDevice[] {
    return this.#present;
  }

  /** All that ever were. */
  get all(): readonly SharedDevice[] {
    return this.#all;
  }

  find(id: number): SharedDevice | undefined {
    return this.#all.find((device) => device.id === id);
  }

  /** Looks for probes that are new, back, or gone. Those who ask at the same time get one look. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    await Promise.all(this.#all.filter(({ lost }) => lost).map((device) => device.look()));
    const known = this.#all.map(({ link }) => link.info.serial);
    const found = (await this.#options.discover?.(known).catch(() => [])) ?? [];
    for (const link of found) this.#add(link);
    this.#look();
  }

  #look(): void {
    this.#present = this.#all.filter(({ lost }) => !lost);
  }

  #add(link: Link): void {
    this.#all.push(new SharedDevice(link, FIRST_DEVICE_ID + this.#all.length, this.#options.onCommand));
  }
}
