/** Flash, and the images that go there. */

export interface FlashFacts {
  /** What a tool's own driver for serial flash outside of the chip found; `id` and `address` as it tells them. */
  "external-flash": {
    /** `none`: no ID, or no answer to a command; `unknown`: an ID that it does not have; `no-controller`: no QUADSPI or OCTOSPI. */
    readonly answer: "none" | "unknown" | "no-controller";
    readonly id?: number;
    readonly address?: number;
  };
  "flash-trouble": {
    readonly operation: "erase" | "program" | "verify" | "read" | "algorithm" | "option-bytes";
    readonly reason?:
      | "protected"
      | "mismatch"
      | "timeout"
      | "size"
      /** The tool compared the image with the size of flash, and it is larger. */
      | "too-large"
      | "alignment"
      | "secure"
      | "algorithm"
      | "no-memory";
    readonly address?: number;
    readonly expected?: number;
    readonly found?: number;
    /** It was external memory, which an external loader works on. */
    readonly external?: true;
    /** The tool had erased flash for another part of the file, and for this one, of this number, nothing. */
    readonly unerased?: number;
    /** A server found a request of GDB's unfit that GDB makes by the map which this server gave it. */
    readonly ownMap?: true;
  };
  /** Sectors of main flash that a tool erases for a part of the image, by its own numbers. */
  "sectors-erased": { readonly first: number; readonly last: number; readonly segment: number };
  /** A program was signed for a boot ROM: header's version, the tool's release, and whether it was told to align the payload. */
  "image-signed": { readonly header?: string; readonly release?: string; readonly aligned?: boolean };
  /** After a download the power was switched off and on, as somebody says. */
  "power-cycled": Record<string, never>;
  /** All of the flash was erased, whatever lay in it. */
  "chip-erased": Record<string, never>;
  /** Memory at such an address was read without an error. */
  "flash-read": { readonly address: number };
  /** A part of the image: where it goes. `whole`: the size is that of all parts of the file, some of which may go elsewhere. */
  "image-part": {
    readonly address: number;
    readonly size?: number;
    readonly section?: string;
    readonly whole?: boolean;
  };
  "image-file": { readonly path: string };
  /** A raw image, which has no addresses in it, was to be written at one that its user gave. */
  "image-raw": { readonly path: string; readonly address: number };
  /** The linker was told how far behind the start of flash the program begins; and the file that it makes. */
  "image-linked": { readonly offset: number; readonly path?: string };
  /** The program for the chip was started as one of the computer's. */
  "image-launched": { readonly path?: string };
  /** A program of the computer's crashed: by which signal, and which program where the text names it. */
  "program-crashed": { readonly signal: string; readonly program?: string };
  /** A tool opened a program's file and found no program in it that it can take. */
  "image-unusable": {
    readonly path?: string;
    /** It is a program for another processor, by GDB's name of it. */
    readonly architecture?: string;
    /** Two of its parts claim the same addresses. */
    readonly overlaps?: true;
    /** It was signed, and its payload does not begin where the boot ROM looks for it. */
    readonly unaligned?: true;
  };
  /** Whoever gives the text says that an option byte was set so: `PRODUCT_STATE=0x72`. */
  "option-byte-told": { readonly setting: string };
}
