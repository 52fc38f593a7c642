/** Debug port and chip: what it is, and how it is protected. */

export interface ChipFacts {
  /** DPIDR or JTAG IDCODE, and the one that a tool expected. */
  idcode: { readonly value: number; readonly expected?: number };
  cpuid: { readonly value: number };
  /** JEP106 designer of the ROM table's peripheral id: 0x20 is ST. `bank` counts continuation codes. */
  designer: { readonly code: number; readonly bank?: number };
  /** An access port that could not be read or used; `nonsense`: what was read through it cannot be what is there. */
  "access-port-failed": { readonly ap?: number; readonly nonsense?: true };
  "device-id": { readonly id: number; readonly revision?: number; readonly expected?: number };
  /** A tool has no description of the chip that was named to it: it is too old, lacks a package, or the name is wrong. */
  "chip-unsupported": {
    readonly name?: string;
    /**
     * What it has of the chip, or lacks; left out: it does not know it. `several` ways to write its flash and no rule which
     * to take; a flash `driver` that says for which families it is, while the target bears another name; the `core` alone,
     * since no chip was named; the `name`, and no numbers of its memories; it read the core, and has `no-flash` of its chips'; the map
     * that a server gave GDB has memories of `no-size`; `no-index`: the list of chips of its family could not be downloaded.
     */
    readonly has?: "several" | "driver" | "core" | "name" | "no-flash" | "no-size" | "no-index";
  };
  /** Name of the chip as a tool or a project says it. */
  "chip-name": { readonly name: string; readonly by: "tool" | "project" | "option" };
  /**
   * Flash size in KiB as the size register or the tool says; `raw` is the register's half-word. `assumed`: the tool could
   * not read it and took the largest of the group.
   */
  "flash-size": { readonly kib: number; readonly raw?: number; readonly assumed?: boolean };
  genuine: { readonly verdict: "st" | "clone" | "doubtful"; readonly maker?: string };
  /** Read protection; `level` where the family counts them. `inferred`: from a refusal that protection alone explains best. */
  "read-protection": { readonly on: boolean; readonly level?: 0 | 1 | 2; readonly inferred?: boolean };
  /** First addresses or page numbers that are write-protected; empty: none. */
  "write-protection": { readonly pages: readonly number[] };
  trustzone: { readonly on: boolean };
  /** Option bytes that were to be written and read back otherwise, by ST's names. */
  "option-bytes-kept": { readonly names: readonly string[] };
  /** Option bytes were written, as a tool says, and took effect. */
  "option-bytes-written": Record<string, never>;
}
