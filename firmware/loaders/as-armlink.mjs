// Makes of an ELF file by GNU ld what armlink would have written: global symbols have hidden visibility (GNU ld would make
// such symbols local), and the section PrgDataZI, which GNU ld has to tell from PrgData, is called PrgData too.
import { readFileSync, writeFileSync } from "node:fs";

const SHT_SYMTAB = 2;
const STB_GLOBAL = 1;
const STV_HIDDEN = 2;

for (const path of process.argv.slice(2)) {
  const file = readFileSync(path);
  const tableStart = file.readUInt32LE(32);
  const entrySize = file.readUInt16LE(46);
  const count = file.readUInt16LE(48);
  const headers = Array.from({ length: count }, (_, i) => tableStart + i * entrySize);
  const names = file.readUInt32LE(headers[file.readUInt16LE(50)] + 16);
  const nameOf = (header) => {
    const start = names + file.readUInt32LE(header);
    return file.toString("latin1", start, file.indexOf(0, start));
  };
  const data = headers.find((header) => nameOf(header) === "PrgData");
  for (const header of headers) {
    if (nameOf(header) === "PrgDataZI") file.writeUInt32LE(file.readUInt32LE(data), header);
    if (file.readUInt32LE(header + 4) !== SHT_SYMTAB) continue;
    const start = file.readUInt32LE(header + 16);
    const end = start + file.readUInt32LE(header + 20);
    for (let symbol = start; symbol < end; symbol += 16) {
      if (file[symbol + 12] >> 4 === STB_GLOBAL) file[symbol + 13] = STV_HIDDEN;
    }
  }
  writeFileSync(path, file);
}
