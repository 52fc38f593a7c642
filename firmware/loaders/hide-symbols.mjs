// Gives the global symbols of an ELF file hidden visibility, as armlink does; GNU ld would make them local.
import { readFileSync, writeFileSync } from "node:fs";

const SHT_SYMTAB = 2;
const STB_GLOBAL = 1;
const STV_HIDDEN = 2;

for (const path of process.argv.slice(2)) {
  const file = readFileSync(path);
  const sections = file.readUInt32LE(32);
  const entrySize = file.readUInt16LE(46);
  for (let i = 0; i < file.readUInt16LE(48); i++) {
    const header = sections + i * entrySize;
    if (file.readUInt32LE(header + 4) !== SHT_SYMTAB) continue;
    const start = file.readUInt32LE(header + 16);
    const end = start + file.readUInt32LE(header + 20);
    for (let symbol = start; symbol < end; symbol += 16) {
      if (file[symbol + 12] >> 4 === STB_GLOBAL) file[symbol + 13] = STV_HIDDEN;
    }
  }
  writeFileSync(path, file);
}
