import type { FindingKind } from "./finding-kind.ts";

/** What GDB makes of its own files. */
export const debuggerFiles = [
  {
    code: "gdb-auto-load-declined",
    title: "GDB did not run the project's commands",
    cause:
      "GDB found {path} and did not run it, because it does not lie in a folder that GDB trusts: none of its commands (connect, load, run) took place, so nothing was written to the chip.",
    how: "GDB reads a .gdbinit of the folder that it is started in only if that lies within its auto-load safe-path, which by default holds GDB's own folders alone (GDB's manual, Auto-loading safe path). It says which file it left out, and no connection follows in the text.",
    remedy: [
      "Trust this one file: put `add-auto-load-safe-path {path}` into the .gdbinit (or .config/gdb/gdbinit) of your home folder.",
      'Or hand the file to GDB by name: `arm-none-eabi-gdb -x .gdbinit FILE.elf`; for `cargo run` in .cargo/config.toml `runner = "arm-none-eabi-gdb -q -x openocd.gdb"`, with the commands in a file of another name.',
    ],
  },
] as const satisfies readonly FindingKind[];
