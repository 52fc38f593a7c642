import type { FindingKind } from "./finding-kind.ts";

/** ST's boot loader in the chip's system memory, over a serial port or USB, without a debug probe. */
export const bootLoader = [
  {
    code: "serial-port-unavailable",
    title: "The serial port cannot be opened",
    cause:
      "The serial port {port} could not be opened: it is not there under this name, another program holds it, or this user may not open it.",
    variants: {
      missing: "The serial port {port} does not exist: the adapter is not attached, or has another name now.",
      busy: "The serial port {port} is in use by another program (a serial monitor, an IDE, ModemManager).",
      permission: "This user may not open the serial port {port}, or another program holds it.",
      usb: "{port} was taken for the name of a serial port, and there is none of that name: the programmer has another spelling for the chip's boot loader on USB (usb1, in small letters), or sees no such device there.",
    },
    how: "The system refused the port before anything was sent. Neither the chip, its boot loader nor a debug probe has a part in it.",
    remedy: [
      "See which ports there are (Windows: Device Manager, Ports; Linux: `ls -l /dev/ttyUSB* /dev/ttyACM*`; macOS: `ls /dev/cu.*`), and give that name.",
      "Close whatever may hold it: the serial monitor, a terminal, another upload.",
      "Linux: this user has to be in the group that owns the port (`sudo usermod -aG dialout $USER`, then log in anew). Windows: install the adapter's driver (CH340, CP210x, FTDI).",
    ],
  },
  {
    code: "boot-loader-silent",
    title: "ST's boot loader does not answer",
    cause:
      "Nothing answers on the serial line as ST's boot loader would: the chip runs its own program or none, listens on another UART, or RX and TX are swapped or open.",
    variants: {
      lost: "ST's boot loader answered at first and then no more: the chip was reset in between (a watchdog that option bytes start, its supply), or the line was lost.",
      started:
        "The boot loader did its work and started the program: from then on the program runs and not the boot loader, which does not answer until BOOT0 and a reset bring it back.",
      foreign:
        "What answers on USB is not ST's boot loader but one that names another maker ({what}): it lies in flash, and does not understand what ST's programmer asks of its own boot loader.",
      unanswered:
        "Something is plugged in at USB that the computer sees and that does not answer it, and no chip is in its USB boot loader (DFU): if it is this chip, its boot loader, or what runs in its place, has USB on and no usable clock for it, or was reached by a jump of the program that left clocks, interrupts or USB as the program had them; else a cable or hub spoils the signals.",
      bus: "Nothing answers at the probe's bridge (SPI, I2C, CAN) as ST's boot loader would: the chip runs its own program or none, its boot loader does not listen there (AN2606 tells which pins and which I2C address), or a wire, a pull-up or the common ground is missing.",
      usb: "No chip is in its USB boot loader (DFU): BOOT0 was not high at reset, the board had not come up there yet, its USB lines are not those of the boot loader, or the system has no driver for it.",
    },
    how: "The boot loader measures the baud rate from 0x7F and answers 0x79 (AN3155), 0x5A by 0x79 on SPI (AN4286), its address on I2C (AN4221), or appears on USB as 0483:df11 (AN3156); nothing of that was seen. It runs only when BOOT0 (or option bytes, or a jump of the program) chose system memory at reset (AN2606).",
    remedy: [
      "BOOT0 to VDD (BOOT1 low, where there is one), then a reset; only then connect. After each failed try another reset: the boot loader measures the rate once.",
      "BOOT0 is high and it does not come up: switch the power off and on in place of a reset, with no debug probe connected (some chips do not look at the pin again before that). On G0, C0 and U0 the factory's option bytes (nBOOT_SEL = 1) pass over the pin, and the boot loader comes up by itself only while flash is empty: clear nBOOT_SEL over ST-LINK.",
      "Serial: the UART and pins that AN2606 lists for this chip (often PA9 and PA10), TX to RX and RX to TX, a common ground, 8 bits and even parity.",
      "USB: the chip's own socket and not the probe's, a cable that carries data; families without a crystal-less USB need their crystal (AN2606). Windows: the WinUSB driver (STM32CubeProgrammer installs it; Zadig). Linux: udev rules for 0483:df11.",
    ],
  },
  {
    code: "boot-loader-garbled",
    title: "Answers of ST's boot loader come garbled",
    cause:
      "What comes over the serial line is neither an acknowledge (0x79) nor a refusal (0x1F) of ST's boot loader: it is garbled, or another program answers.",
    variants: {
      later:
        "ST's boot loader answered, and what comes after is garbled: bytes that are neither its acknowledge (0x79) nor its refusal (0x1F). The serial line disturbs them, or the two sides' clocks have drifted apart.",
    },
    how: "AN3155 knows three answers: 0x79, 0x1F and 0x76 (busy). Other bytes are an echo, a wrong rate or parity, a disturbed line, or the text of a program that runs instead.",
    remedy: [
      "Reset the chip into its boot loader and try again at a lower rate (9600 or 57600 baud), 8 bits, even parity, 1 stop bit.",
      "Check the line: a common ground, 3.3 V levels, short wires, no second device on RX or TX; try another adapter.",
      "If text or the same bytes come back: the chip's program runs in place of the boot loader (BOOT0), or TX and RX are connected to each other.",
    ],
  },
  {
    code: "boot-loader-refuses",
    title: "ST's boot loader refuses a command",
    cause:
      "ST's boot loader answers and refuses {what}: protection of the flash, an address that it does not allow, or a command that this version of it lacks.",
    variants: {
      ram: "ST's boot loader answers and refuses {what}: the start of RAM is its own while it runs, and it gives that to nobody. It says nothing of flash.",
      misread:
        "{what} takes the chip for read-protected, and its flash was read through the same boot loader afterwards: it is not protected. What failed is a transfer over USB, or a command that this boot loader lacks, and the tool has no other words for that.",
      error: "ST's boot loader answers and went into its error state ({what}).",
      unread:
        "ST's boot loader is there, and the chip's memory could not be read through it: read protection is on, or the transfers break off on the way (port, cable, hub, the computer's USB driver).",
    },
    how: "The boot loader acknowledged before and then answered 0x1F (AN3155), or its DFU status is an error (AN3156, DFU 1.1 section 6.1.2): the connection is good, what was asked for was refused.",
    remedy: [
      "Reset the chip into its boot loader and repeat: one that was left in the middle of a command refuses the next.",
      "See whether flash is protected (option bytes: RDP, WRP, PCROP, secure areas) and whether the address is one of this chip's (AN2606, the reference manual's memory map).",
      "Over ST-LINK the same can be tried with another view of the chip: `probity doctor`.",
    ],
  },
  {
    code: "fus-refuses",
    title: "The firmware upgrade service does not install the image",
    cause:
      "The firmware upgrade service (FUS) on the chip's second core did not do what it was asked, or its state could not be read ({text}): it was not running, was left in the middle of an earlier upgrade, or the tool could not reach its memory.",
    variants: {
      "not-authentic":
        "The firmware upgrade service (FUS) takes the image for not authentic ({text}): it is made for another chip or for another version of FUS (0.5.3 needs the image that is made for it), it was damaged or put at a wrong address, or it is not ST's.",
      corrupt:
        "The firmware upgrade service (FUS) finds the image's header damaged ({text}): the file was not written completely, or at a wrong address.",
      "not-found":
        "The firmware upgrade service (FUS) finds no image ({text}): nothing was written where it looks, or at an address that is not that of the release notes.",
      "no-space":
        "The firmware upgrade service (FUS) has no room for the image ({text}): the program in flash, or the stack that is installed, reaches into it, or the image was written to another address than the one that it needs on this chip.",
      rollback:
        "The firmware upgrade service (FUS) does not take an image that is older than what is installed ({text}): it allows no way back.",
      "not-running":
        "The firmware upgrade service (FUS) does not run ({text}): the wireless stack runs in its place, or the second core was not started.",
      unfit:
        "The programmer does not hand the image to the firmware upgrade service ({text}): it is made for another chip or flash size, or cannot follow on what is installed.",
      key: "The firmware upgrade service (FUS) misses or refuses a key for the image ({text}): the user's key is locked, or its tag is not in the image.",
    },
    how: "FUS tells its state and its last error by name (AN5185), and these are read. It checks signature, version and room by itself; the debug wires or the USB line do not bear on that. Why a state could not be read, the log seldom tells.",
    remedy: [
      "Read versions and state first: `STM32_Programmer_CLI -c port=SWD mode=UR -r32 0x20030030 1` (FUS) and `-fusgetstate` (twice: the first starts FUS).",
      "Take the image for this very chip (stm32wb1x, wb3x, wb5x) at the address that the package's release notes list for it and for this flash size. FUS 0.5.3 goes first to the one for 0.5.3 (stm32wb5x_FUS_fw_for_fus_0_5_3.bin).",
      "Delete the installed stack first (`-fwdelete`), erase the program in flash, and check that SFSA leaves room; then upgrade FUS, then the stack.",
      "State unknown: switch the power off and on, set the option bytes to their defaults (nBOOT0, nBOOT1, nSWBOOT0, IPCCDBA), connect under reset with the newest STM32CubeProgrammer, and repeat; do not switch off while FUS works.",
    ],
  },
  {
    code: "boot-stage-not-started",
    title: "The next stage of the start does not run",
    cause:
      "The first-stage boot loader (TF-A or SPL, partition {partition}) was sent to the chip and does not start: the boot ROM refuses its header or signature, it is not the build for serial boot (USB or UART), or it stops at once over the board's DDR, PMIC or clock.",
    variants: {
      unaligned:
        "The image was signed by release {release} of the signing tool without -align: unless it is linked for that, its payload is not where the boot ROM looks for it (0x400 behind the header), and the boot ROM does not start it.",
      header:
        "The image was signed with header version {header}; ST's packages sign with 2.3 for this chip, and the boot ROM of its revision may pass over an older header without a word.",
      second:
        "The stage in partition {partition} (U-Boot, OP-TEE or the FIP) was sent and does not start: the first stage refuses it, it is not of the same build as the first, or it stops at once over the board's device tree.",
      gadget:
        "The stage in partition {partition} (U-Boot) was started, and its own USB device, by which all that follows is sent, was not had with its partitions: a virtual machine, a hub or a driver (udev rules) on the computer kept the device that came anew, or U-Boot does not bring it up.",
      download:
        "Partition {partition} could not be sent: the memory that the layout names for it (SD card, eMMC, NOR, NAND) is not there, too small or write-protected for the stage that writes it, or USB broke off.",
      "download-first":
        "The first stage (partition {partition}) could not be sent to the boot ROM: USB breaks off (cable, hub, virtual machine, driver), or the board's supply does.",
    },
    how: "The download of the partition went well and the start of it was answered by an error, or not at all. The boot ROM answers a jump that it refuses by an error of DFU; a stage that crashes is lost from USB. Its own console (UART4 on ST's boards, 115200 baud) tells which.",
    remedy: [
      "Watch the console of the chip during the start: what TF-A prints last (DDR, PMIC, authentication, a panic) is the reason.",
      "Use the FlashLayout and the files of one build: the first stage for serial boot (tf-a-*-usb.stm32 or tf-a-*-trusted.stm32 as the layout of that release has it), with the header version of this chip (MP15: v1, MP13: v2).",
      "No virtual machine and no hub between: the device leaves USB and comes anew with each stage, and a machine that takes it then ends the work.",
      "On a closed (secured) chip the image has to be signed with the key whose hash is in OTP.",
      "On a board of your own: compare DDR settings, PMIC and the 24 MHz crystal with the device tree; try the SD card or another USB port and cable (no hub).",
    ],
  },
] as const satisfies readonly FindingKind[];
