/** Set-up: ports, paths, versions, options and configuration, clients. */

export interface SetupFacts {
  "port-taken": { readonly port: number; readonly system?: string };
  "option-unknown": {
    readonly option: string;
    /** It is not there, and has to be. */
    readonly lacking?: true;
    /**
     * The option is known, its value is refused; or `option` is the tool's sentence about its command line, or about the
     * address that a raw image lacks there. It is GDB's command `run`, for which there is
     * nobody to run a program.
     */
    readonly refused?: "value" | "words" | "address" | "run";
    /** It is for another GDB server than `program`: by cortex-debug's names of their kinds, for which, and which it is. */
    readonly meant?: { readonly type: string; readonly fits: string; readonly program: string };
  };
  /** GDB was asked for what the program's file does not tell: lines of source (and names, perhaps); or it has no file. */
  "debug-info-missing": { readonly what: "lines" | "file"; readonly path?: string };
  /** The linker found a region of its script too small, by how many bytes where it says so. */
  "link-overflow": { readonly region: string; readonly bytes?: number };
  /**
   * An IDE could not launch: its configuration names a project that is not there, nothing was chosen that can be launched,
   * or it fails without a reason.
   */
  "launch-unfit": { readonly what: "project" | "none" | "unsaid"; readonly name?: string };
  /** GDB found a file of commands, and did not run it since it trusts no files in that folder. */
  "gdb-script-declined": { readonly path: string };
  /** Hertz of the core's clock as the program itself has it (SystemCoreClock). */
  "core-clock": { readonly hertz: number };
  /** OpenOCD has no driver for the probe, or one that does not offer the transport. */
  "adapter-unfit": {
    readonly transport?: string;
    readonly driver?: string;
    /** It serves one core alone, of the chip's two. */
    readonly cores?: true;
  };
  /** A front end filled in nothing where a command takes a value: `undefined`; of which option, where that is told. */
  "value-undefined": { readonly option?: string };
  /** OpenOCD does not take a command, driver or target type that its configuration has; no `why`: it does not know it. */
  "config-unfit": {
    readonly command: string;
    readonly why?: /** It printed how the command is used: a subcommand that it lacks, or arguments that it does not take. */
      | "usage"
      /** It is there only after `init`, and was not, or before it, and was after. */
      | "early"
      | "late"
      /** What it makes was there already. */
      | "twice"
      /** A value that it does not take; `command` has it. */
      | "value"
      /** A path that stands where a number belongs; `command` has it. */
      | "path"
      /** A write to memory, of which the probe then read something else. */
      | "read-back"
      /** A name of the configuration's own that was never made, or by a file that was left out. */
      | "name"
      /** It is one of JTAG's, and the session's transport is another. */
      | "transport"
      /** A setting of the trace port that its start needs and nobody made; `command` is its option. The session goes on. */
      | "unset"
      /** A flash bank that the chip has not; `command` says which. */
      | "bank"
      /** The command with its arguments came as one word. */
      | "one-word"
      /** No well-formed Tcl; `command` is what the interpreter says. */
      | "syntax";
  };
  "path-missing": {
    readonly what: "stm32cubeprogrammer" | "program" | "loader" | "library" | "config" | "other";
    readonly path?: string;
    /** It may be a program that has nothing to do with debugging, or was not needed. */
    readonly doubtful?: boolean;
    /** The tool had it in a list of files that it found. */
    readonly listed?: true;
    /** The system would not run it; by its name it is the folder of a program, which the setting of this name gives. */
    readonly folderIn?: string;
    /** It was started, and answered nothing. */
    readonly unanswered?: true;
  };
  /** Files of Tcl that a folder was listed with, without their folder. */
  "scripts-listed": { readonly names: readonly string[] };
  /** Something in the log needs a setting of cortex-debug's; `shown`: the configuration is there to see, and has it not. */
  "setting-missing": {
    readonly name: "liveWatch" | "runToEntryPoint" | "configFiles";
    readonly shown: boolean;
  };
  /** The chip answers, but which one it is could not be read, or is in no list of the tool's. */
  "chip-unidentified": {
    readonly id?: number;
    /** What a tool took for the ID is a number that no chip has: the read of it went wrong. */
    readonly garbage?: number;
    /** It is what a read that failed leaves behind: an address or value that was sent, or the probe's own number. */
    readonly echo?: boolean;
    /** A second look gave the same. */
    readonly confirmed?: boolean;
  };
  /** A server ends: a client left, it gave up, or it was told to. */
  "server-ended": { readonly why: "client-left" | "error" | "unknown" };
  /** A log says something that cannot be: a defect of the tool that wrote it. */
  "tool-defect": {
    readonly what:
      | "init-return"
      | "zero-bytes"
      | "registers-unread"
      | "flash-size"
      | "port-status"
      | "power-and-cabling"
      | "nrst-unread";
    readonly detail?: string;
  };
  "version-mismatch": {
    readonly between: string;
    /** The tool went on without what it could not read. */
    readonly wentOn?: true;
  };
  /** More breakpoints or watchpoints were asked for than the core has comparators. */
  "breakpoints-exhausted": {
    readonly watchpoint?: boolean;
    /** It is none that a comparator of this core can make, however many are free. */
    readonly beyond?: true;
  };
  /** GDB or an IDE could not talk to its server. */
  "client-trouble": {
    readonly what:
      | "refused"
      | "timed-out"
      | "closed"
      | "protocol"
      /** The registers that came are not those that this GDB expects: it is built for another processor. */
      | "architecture"
      | "not-st"
      /** The server has as many clients as it takes. */
      | "occupied"
      /** It was told to work on a target that it has no connection to. */
      | "unconnected"
      | "load-failed"
      | "memory"
      | "other";
    readonly address?: number;
    readonly detail?: string;
    /** It was a write that failed. */
    readonly write?: true;
  };
  /** GDB threw away the map of the target's memory that its server gave, since regions of it overlap. */
  "map-refused": Record<string, never>;
  /** A program in Python met an error of programming in itself: its words. */
  "script-error": {
    readonly text: string;
    /** It calls what Python has no longer, from this release on. */
    readonly removedIn?: string;
  };
  /** The tool takes sectors of the flash that it is to erase for not existing, from this number on. */
  "sectors-unknown": { readonly first: number };
  /** SEGGER's real-time transfer: its control block was not in the RAM that the tool looked through. */
  "rtt-missing": {
    /** The ELF file has no symbol for it. */
    readonly symbol?: false;
    /** The ELF file has messages of defmt, and nothing of a defmt that was linked whole: no logger carries them away. */
    readonly logger?: false;
    /** The tool did the rest without it. */
    readonly wentOn?: true;
  };
  /** An error that a tool tells in words that no reader has. */
  "unknown-error": { readonly text: string };
  /** Anything else an error of ours carries: its code. */
  "error-code": { readonly code: string; readonly message: string };
}
