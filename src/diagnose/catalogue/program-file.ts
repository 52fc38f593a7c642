import type { FindingKind } from "./finding-kind.ts";

/** What a program's ELF file says will go wrong on a chip. */
export const programFile = [
  {
    code: "elf-too-large",
    title: "The program does not fit the chip's memory",
    cause: "{program} reaches to {end} in {memory}, which ends at {memoryEnd} on {chip}.",
    how: "The ends of the program's parts are compared with the memory of the chip: that of the specimen where it was read, else that of the part which the project names, else the most that any chip with its device ID has.",
    remedy: [
      "Choose the linker script of the chip that is there, so that the linker tells how much is too much.",
      "Make the program smaller: -Os, -ffunction-sections -fdata-sections with -Wl,--gc-sections, --specs=nano.specs; or take a larger chip.",
    ],
  },
  {
    code: "elf-outside-memory",
    title: "A part of the program lies where the chip has no memory",
    cause: "{program} has {bytes} at {address}, where {chip} has {what}.",
    how: "The address of each loadable part is looked up in the chip's memory map.",
    remedy: ["Use the linker script of this chip; look at the MEMORY command and at sections that are placed by hand."],
  },
  {
    code: "elf-external-without-loader",
    title: "A part of the program lies in external memory, and no loader writes it",
    cause:
      "{program} has {bytes} at {address}, in external memory, and {configurations} no external loader for it to work.",
    how: "The debugger's load writes every loadable part. What lies behind a memory controller can be written only by an external loader for that memory, which the server is given with --extload.",
    remedy: [
      "STM32CubeIDE: Debug Configurations > Debugger tab > External loaders: add the loader made for your board's memory.",
      "If nothing should lie there: look at the linker script and at section attributes in the sources.",
    ],
  },
  {
    code: "elf-no-vector-table",
    title: "The program has no vector table where the chip starts",
    cause:
      "{program} has no vector table at {address}, where the chip starts: the first words there are {first} and {second}.",
    how: "At reset the core takes its stack pointer and its first instruction from the first two words of flash (ARMv7-M B1.5.5). The first has to point into RAM and the second into the program.",
    remedy: [
      "Place the vector table first in the linker script, with KEEP(*(.isr_vector)), and compile the start-up file as part of the program.",
    ],
  },
  {
    code: "elf-stack-outside-ram",
    title: "The program's stack does not lie in RAM",
    cause: "The initial stack pointer of {program} is {sp}; RAM of {chip} goes from {ramStart} to {ramEnd}.",
    how: "The first word of the vector table is the stack pointer at reset; it points behind the stack's first word. The first push to where there is no memory is a bus fault, and the fault's own push another: lockup.",
    remedy: [
      "Use the linker script of this chip: _estack is ORIGIN(RAM) + LENGTH(RAM), and the script of a larger chip puts it beyond RAM.",
    ],
  },
  {
    code: "elf-reset-vector-wrong",
    title: "The program's reset vector does not lead to code",
    cause: "The reset vector of {program} is {vector}: {why}.",
    how: "The second word of the vector table is the address of the first instruction with bit 0 set, as the core knows Thumb code alone (ARMv7-M B1.5.3).",
    remedy: [
      "In assembly, mark functions with .thumb_func and .type NAME, %function; link the start-up file for this chip.",
    ],
  },
  {
    code: "elf-starts-late",
    title: "The program begins behind the start of flash",
    severity: "note",
    cause: "{program} begins at {address}: something else, such as a boot loader, has to be at {start} and jump to it.",
    variants: {
      elsewhere:
        "{program} is linked to begin at {address}, and was written to {start}: its own addresses, those of the vector table above all, lead to where it is not.{over}",
      unreached:
        "{program} begins at {address}, and after the reset the core was met at {pc}, outside of it: what is at {start} runs, and did not jump to it (a boot loader that waits or refuses it, or another program).",
      noVtor:
        "{program} begins at {address} and never sets VTOR: alone it does not start, as the chip starts at {start}; and behind a boot loader its interrupts go to the boot loader's handlers, unless that sets VTOR before it jumps.",
    },
    how: "At reset the core starts at the beginning of flash, where nothing of this program lies, and VTOR is 0: interrupts take their handlers from there until VTOR is given the program's own table (ARMv7-M B3.2.5). It is a warning when no instruction of the program has VTOR's address, 0xE000ED08.",
    remedy: [
      "If there is no boot loader, set ORIGIN of FLASH in the linker script to the start of flash.",
      "If there is one: SCB->VTOR = the start of the program, first thing in main() (STM32CubeMX's system_stm32xxxx.c: define USER_VECT_TAB_ADDRESS and VECT_TAB_OFFSET).",
    ],
  },
  {
    code: "elf-other-core",
    title: "The program is compiled for another core",
    cause: "{program} is compiled for {architecture}, which the {core} of {chip} cannot execute.",
    how: "Tag_CPU_arch in the program's build attributes (ABI for the Arm Architecture). The first instruction that the core lacks is an undefined instruction: usage fault, or hard fault on Cortex-M0.",
    remedy: ["Compile every file, libraries included, with -mcpu for this chip's core."],
  },
  {
    code: "elf-needs-fpu",
    title: "The program is compiled for a floating-point unit that the chip lacks",
    cause: "{program} is compiled for a floating-point unit; the {core} of {chip} has none.",
    how: "Tag_FP_arch in the program's build attributes. It is likely, not certain, to go wrong: the program may never execute a floating-point instruction.",
    remedy: ["Compile every file, libraries included, with -mfloat-abi=soft and without -mfpu."],
  },
  {
    code: "elf-other-family",
    title: "The program is built for another family",
    cause: "{program} is compiled from {files}: it is built for {family}, and {chip} is an {chipFamily}.",
    how: "The names of source files stay in the program as symbols. Clocks, pins and peripherals of another family are at other addresses.",
    remedy: ["Build the program for this chip, or connect the board it is for."],
  },
  {
    code: "elf-switches-debug-off",
    title: "The program switches the debug port off",
    cause: "{program} takes the debug pins away in {place}: {register} gets {effect}.",
    variants: {
      unreached:
        "{program} contains code that takes the debug pins away, in {place} ({register} gets {effect}), but nothing was seen to call it.",
      readBack:
        "{program} sets the bit for it in {place} and takes the rest of the field from reading {register}: where that reads as 0, as it does on chips, {effect}.",
      guarded:
        "{program} takes the debug pins away in {place} ({register} gets {effect}), if the program goes that way.",
    },
    how: "The program's code was followed from function to function: the value is stored to the register that gives the pins away (SWJ_CFG in AFIO_MAPR on F1, RM0008 9.4.2; GPIOA_MODER and GPIOA_AFRH on other families). It is certain when every way from reset leads there, likely when only some do, possible when no call of it was found.",
    remedy: [
      "Take the line out, or keep it out of debug builds. On F1 __HAL_AFIO_REMAP_SWJ_NOJTAG() frees PA15, PB3 and PB4 and keeps SWD; in the .ioc that is SYS > Debug: Serial Wire.",
      "To get the chip back: connect under reset (gdbserver -k) with NRST wired, and program the corrected build.",
    ],
  },
  {
    code: "eeprom-in-program",
    title: "The program covers the flash pages of its own EEPROM",
    severity: "warning",
    cause: "The EEPROM of {program} lies at {address}, in pages that the program itself occupies: {what}.",
    how: "The pages are those that the functions of the EEPROM emulation use, or a section or region of that name. Loading erases whole pages, so every load wipes what is stored there; and storing erases what else lies in the page.",
    remedy: [
      "Give the EEPROM whole pages of its own at the end of flash, and shorten FLASH in the linker script by them.",
      "Mark a section for it (NOLOAD), so that it is not part of what is loaded.",
    ],
  },
  {
    code: "eeprom-outside-flash",
    title: "The program's EEPROM lies beyond the flash of this chip",
    cause: "{program} keeps its EEPROM at {address}, but flash of {chip} ends at {flashEnd}.",
    how: "The pages are those that the functions of the EEPROM emulation use. Where there is no flash, erasing and programming fail, and reading is a bus fault.",
    remedy: [
      "Set the addresses of the EEPROM's pages for this chip (EEPROM_START_ADDRESS, PAGE0_BASE_ADDRESS or the like).",
    ],
  },
  {
    code: "eeprom-kept",
    title: "The program keeps an EEPROM in flash",
    severity: "note",
    cause:
      "{program} keeps an EEPROM in flash at {address}. Loading the program leaves it alone; erasing the whole chip does not.",
    how: "The pages are those that the functions of the EEPROM emulation use, or a section or region of that name, and no part of the program lies in them.",
    remedy: ['Do not erase the whole chip (--erase-all, "Full chip erase") if what is stored there matters.'],
  },
  {
    code: "linker-script-too-large",
    title: "The linker script gives the chip more memory than it has",
    severity: "warning",
    cause: "{file} gives {region} {size} at {origin}; {chip} has {has} there.",
    how: "The regions of the MEMORY command are compared with the chip's memory. The linker will not complain about a program that is too large, and puts the stack where there is no RAM.",
    remedy: ["Correct LENGTH, or use the linker script that was generated for this chip."],
  },
] as const satisfies readonly FindingKind[];
