import type { FindingKind } from "./finding-kind.ts";

/** Flash that refuses or lacks the place that the image is for. */
export const flash = [
  {
    code: "flash-protected",
    title: "The flash is protected",
    cause:
      "Flash refuses to be {operation}{place} because it is protected: by read protection (RDP), which keeps debuggers from writing and on older families write-protects the first pages too, or by write protection (WRP).",
    variants: {
      erase:
        "Flash refuses to be {operation}{place}, most likely because it is protected: by read protection (RDP) or by write protection (WRP).",
    },
    how: "The flash controller sets an error flag of its own for protection (WRPRTERR or WRPERR in FLASH_SR), and that is what the tool reports. The flag is the same whether the pages are write-protected by WRP or as a part of read protection (PM0075 on F1: pages 0 to 3), so the log does not tell which; the option bytes do. Where a tool says that an erase failed and asks to look at the protection, that is the tool's guess, and told as likely.",
    remedy: [
      "Read the option bytes (STM32CubeProgrammer: OB; OpenOCD: `stm32f1x options_read 0` or the like; `probity doctor`): RDP above level 0 is read protection, WRP write protection.",
      "Read protection: set RDP to level 0 (OpenOCD: `reset halt; stm32f1x unlock 0; reset halt`, and for other families their driver's unlock). That erases the whole flash. Switch the power off and on afterwards.",
      "Write protection: clear WRP in the option bytes (OpenOCD: `flash protect 0 0 last off`), and reset.",
    ],
  },
  {
    code: "flash-not-erased",
    title: "Flash was programmed where it was not erased",
    cause:
      "Flash did not take the data{place}: the place was not erased before. A bit can be programmed from 1 to 0 only, and the controller refuses a place that holds something.",
    variants: {
      erased:
        "Flash did not take the data{place}: the controller found the place not empty, though the tool had reported it erased. Most likely the erase went elsewhere (on a chip with two banks, to a page of the other one) or the program on the chip wrote there in between; or, more rarely, the cells are worn and erase no longer.",
      elsewhere:
        "The tool erased {sectors} for an image that begins at {address}, which is in sector {number} of {chip} ({size} KiB each there): it erased another place, or less, than it then wrote. This release of the tool has a wrong size or number for this chip's sectors, most likely; programs that lie where it did erase are gone.",
    },
    how: "The controller's programming error (PGERR, PROGERR) is set when a place that is not erased is programmed, and the log shows no erase before, or one that the tool reports by what it asked for and not by what it read. It is likely and not certain because a log may leave the erase out.",
    remedy: [
      "Erase first: OpenOCD `program FILE verify` or `flash write_image erase FILE`; st-flash erases by itself; STM32CubeProgrammer: -e all.",
      "If it was erased, look at write protection, at the supply, and at a program that writes flash while it is being programmed: connect under reset.",
    ],
  },
  {
    code: "image-outside-flash",
    title: "The image goes where the tool knows no flash",
    cause: "A part of the image is for {address}, and the tool knows no flash there.",
    variants: {
      external:
        "A part of the image is for {address}, which is external memory ({bank}): internal flash is programmed without more ado, external memory needs a loader (or a flash bank of its own) that was not given.",
      unerased:
        "Part {segment} of the file (they count from 0) failed, and for it the tool had erased nothing, though for another part it had: this part is for no flash inside the chip, but for external memory, whose loader was not given, or for RAM that cannot be written now.",
      unplaced:
        "{file} is a raw image, which has no addresses, and none was given: so it went to {address}, where there is no flash. It belongs to 0x08000000.",
      banks:
        "The image goes over {end}, where the first bank of this chip's flash ends: from the factory a G47x or G48x with less than 512 KiB has two banks of {half} KiB, and the second one begins at 0x08040000.",
      none: "What is read or written at {address} is not there: the {chip} has no flash of its own. Its programs lie in external flash or are loaded into RAM, and a debugger gets at it in the boot mode for development (boot switches).",
      nowhere:
        "The image is for {address}, where no STM32 has anything: the address has a digit too few or too many, most likely (flash begins at 0x08000000).",
      digit:
        "What is {what} at {address} is not there: {chip} has no memory at that address. It is {meant} less one digit, most likely.",
      ram: "A part of the image is for {address}, which is RAM: it is linked to run from RAM, or its initialised data has no load address in flash (AT> FLASH in the linker script).",
      lost: "The image went to {address}, which is RAM, and the power was switched off afterwards: what was loaded is gone, and the chip starts what is in flash.",
      started:
        "The image went to {address}, which is RAM, and after a reset the core was met at {pc}, in flash: a reset starts what flash holds, and not what was loaded.",
      "behind-ram":
        "What is written reaches {address}, where the RAM of {chip} ends ({size} KiB from {base}): what is loaded there is larger than that RAM, or linked for a chip with more of it.",
      unmapped:
        "GDB's load failed before flash was worked, as it does of a part that lies where the server's memory map has no flash: external memory without its loader, address 0 or the flash of another chip (linker script), or behind the end of this chip's flash.",
      zero: "The image is for {address}: it is linked to address 0, not to where flash is (0x08000000), or it has no linker script at all.",
      description:
        "The image has {size} KiB, and the tool takes it to go over the end of flash, though chips with this device ID ({chip}) have up to {most} KiB: the tool's description of the chip is wrong or too old for this way to it, or this is one of the smaller chips of its group.",
      behind:
        "The image reaches to {address}, behind the end of the flash that the tool knows for this chip: it is too large, linked too high, or the tool was told a smaller chip.",
    },
    how: "The tool compares the addresses of the image with the memory map that it has of the chip, before anything is written. What is at an address is fixed by the architecture (0x20000000: RAM, 0x60000000 to 0x9FFFFFFF: external memory). Whether the map or the image is wrong, the log does not tell.",
    remedy: [
      "Look where the sections go: `arm-none-eabi-objdump -h FILE.elf` (column LMA).",
      "A raw image (.bin) needs its address (OpenOCD: `program FILE.bin 0x08000000`).",
      "External memory: give its loader (ST's server: -el FILE.stldr; STM32CubeProgrammer: -el; OpenOCD: a stmqspi bank), or keep the section out of the image.",
      "Check the linker script's FLASH origin and length against the chip's data sheet, and the chip's name in the project.",
    ],
  },
  {
    code: "image-written-raw",
    title: "The file itself was written, not the program in it",
    cause:
      "{file} is {kind}, and {tool} was given it as a raw image: it writes the file's own bytes. What stands at the start of flash then is no vector table, and the chip does not start; or the file, which is larger than the program in it, does not fit.",
    how: "The file's name on the command line, by its ending or by Cargo's folder, and no option that tells its format. That the write is verified says no more than that the bytes arrived. It is likely and not certain because a name may not tell what is in a file.",
    remedy: [
      "Read back what stands at 0x08000000: a stack pointer in RAM and an odd address in flash are a vector table; 7F 45 4C 46 is an ELF file, 3A 30 32 the text of a .hex.",
    ],
  },
] as const satisfies readonly FindingKind[];
