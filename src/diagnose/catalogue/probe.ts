import type { FindingKind } from "./finding-kind.ts";

/** The probe, its firmware and its USB cable. */
export const probe = [
  {
    code: "probe-none",
    title: "No ST-LINK is found",
    cause: "No ST-LINK is found on USB.",
    variants: {
      server: "The server at {server} has no ST-LINK.",
      other: "No {kind} is found on USB, which is the kind of probe that was looked for.",
    },
    how: "No device with a product ID of an ST-LINK (or of the other kind of probe that a tool was told to use) is in the system's list of USB devices.",
    remedy: [
      "Plug the probe in with a cable that carries data (many only charge), straight into the computer.",
      "Linux: lsusb should show 0483:3748 (V2), 374b or 3752 (V2-1), or 374e, 374f, 3753, 3754 or 3757 (V3). In a virtual machine or container, pass the device through. Windows: install ST's driver.",
      "Without a probe, try the virtual board: --probe sim:bluepill.",
    ],
  },
  {
    code: "probe-no-usb-bus",
    title: "There is no USB here at all",
    cause: "{place} has no USB: the system knows no bus on which a probe could be.",
    how: "The folder in which Linux lists USB devices (/sys/bus/usb/devices) does not exist. Where /proc or marks of the container say what the system runs in, that is told. In a log it is libusb that finds no bus when it begins (LIBUSB_ERROR_OTHER, -99).",
    remedy: [
      "Container: start it with the bus in it (docker run --device /dev/bus/usb -v /sys:/sys:ro). Virtual machine: give it a USB controller and pass the ST-LINK through.",
      "WSL: attach the device from Windows (`usbipd list`, `usbipd bind --busid N`, `usbipd attach --wsl --busid N`), or run the tool in Windows itself.",
      "Or let the machine that has the probe share it: there `probity share`, here --probe tcp:HOST.",
      "Without a probe, try the virtual board: --probe sim:bluepill.",
    ],
  },
  {
    code: "probe-serial-missing",
    title: "No ST-LINK with this serial number",
    cause: "No ST-LINK with serial number {serial} is attached{there}.",
    variants: {
      absent:
        "The ST-LINK was found, and it has no serial number that the tool could read: it is a copy, most often, or its firmware is old or damaged.",
    },
    how: "The serial numbers of all attached ST-LINKs were compared with the one asked for; or the tool says that the one it found has none.",
    remedy: [
      "Leave the serial number out, or correct it: `probity probes` lists those that are attached.",
      "In STM32CubeIDE: Run > Debug Configurations > Debugger > ST-LINK S/N.",
    ],
  },
  {
    code: "probe-permission",
    title: "This user may not open the probe",
    cause: "The ST-LINK is there, but this user may not open it.",
    variants: { bootLoader: "The chip's boot loader is there on USB, but this user may not open it." },
    how: "The system refuses the device with a permission error: EACCES, or EPERM (1) where a container may not use a device that it sees. Where a tool says only that there is no probe, the device's node tells it, which root alone may write, or the same tool, which finds it as root.",
    remedy: [
      "Linux: `sudo probity udev --install` writes udev rules for every ST-LINK and loads them (`probity udev` prints them); then plug the probe in again. ST's and OpenOCD's rules do as well.",
      "Container: to see the device is not enough, it has to be allowed as well: docker run --device /dev/bus/usb, or --device-cgroup-rule 'c 189:* rmw' with -v /dev/bus/usb:/dev/bus/usb (--privileged allows everything).",
      "macOS: allow the accessory. Windows: install ST's driver.",
    ],
  },
  {
    code: "probe-busy",
    title: "Another program holds the probe",
    cause: "Another program holds the ST-LINK{detail}.",
    variants: {
      bootLoader: "Another program holds the chip's boot loader on USB{detail}.",
      windows:
        "Windows refuses to open the ST-LINK{detail}. Most likely another program holds it (STM32CubeProgrammer, ST-LINK Utility, a server that was left running); else its driver is one that this program cannot use.",
    },
    how: "The system or the probe says that it is in use: only one program at a time can claim it. Or a tool finds none, or fails at USB, while a program that has it is in the list of those that run, or is said to be open.",
    remedy: [
      "End the other one: a debug session that was left running, STM32CubeProgrammer, ST-LINK_gdbserver, OpenOCD, STM32CubeMonitor.",
      "Windows, and nothing else runs: give the ST-LINK the driver that the tool needs (ST's, or WinUSB by Zadig), and plug it in again.",
      "Several of ST's tools at once: share the probe through stlink-server, in all of them (STM32CubeIDE: Shared ST-LINK on the Debugger tab; ST-LINK_gdbserver: -t; STM32CubeProgrammer: shared).",
    ],
  },
  {
    code: "probe-driver-missing",
    title: "The driver for the probe is missing",
    cause: "The probe's USB driver is missing or can't be loaded.",
    variants: {
      bootLoader:
        "The chip's boot loader is there on USB, but the system has no driver for it that this tool can use (Windows: WinUSB).",
      otherDriver:
        "The chip's boot loader is there on USB, and Windows has given it the driver {driver}. {tool} looks for it by another ({needs}), and so does not see it.",
    },
    how: "The tool could not load its USB library, or the system has no driver for the device.",
    remedy: [
      "Probity: install it again without --omit=optional.",
      "Windows: install ST's driver (STSW-LINK009). Linux: start the tool where its library (libSTLinkUSBDriver) is found.",
    ],
  },
  {
    code: "probe-shared-server",
    title: "The server that shares the probe does not answer",
    cause: "The probe was to be shared, but stlink-server is not there or refused.",
    how: "With -t a tool of ST's talks to stlink-server on TCP port 7184 in place of USB.",
    remedy: ["Install or start stlink-server, of the same release as the tools; or leave -t (shared mode) out."],
  },
  {
    code: "probe-server-absent",
    title: "No server shares a probe there",
    cause: "No stlink-server listens at {server}.",
    how: "The connection was refused, or nobody answered it.",
    remedy: [
      "Start it at the machine that has the probe: `probity share` (for other machines with --bind ADDRESS), or ST's stlink-server.",
      "Correct host and port after tcp:. A firewall on the way may stand in it, too.",
    ],
  },
  {
    code: "probe-server-strange",
    title: "What listens there is no stlink-server",
    cause: "Another program than an stlink-server listens at {server}: {what}.",
    how: "Every stlink-server answers the question for its version with four numbers; what came, or did not come, is no such answer.",
    remedy: [
      "Give the port of an stlink-server: 7184 for ST's and for `probity share`, unless told otherwise.",
      "If it should be one: it may hang. End it and start it again.",
    ],
  },
  {
    code: "probe-server-gone",
    title: "The server that shares the probe went away",
    cause: "The server at {server} was lost in the middle of the session: {what}.",
    how: "It answered before. Whether the probe is still plugged in there can't be told without it.",
    remedy: [
      "Start it again at the machine that has the probe (`probity share`), and connect anew. `probity gdbserver -e` waits for it and goes on by itself.",
      "Look at what it said when it ended. Between two machines, the network may be what broke.",
    ],
  },
  {
    code: "probe-in-update-mode",
    title: "The probe waits for a firmware update",
    cause: "The ST-LINK is in its update mode and can't debug.",
    variants: {
      erased:
        "The ST-LINK has no whole firmware: the version that it tells ({firmware}) is made of erased bytes, as an upgrade that broke off leaves it.",
    },
    how: "It has the product ID of the update mode, or answers in DFU mode; or every number of its firmware's version is 255, an erased byte, and then it is told as likely.",
    remedy: ["Unplug it and plug it in again.", "If it stays so, load firmware into it with STLinkUpgrade."],
  },
  {
    code: "probe-unsupported",
    title: "This probe can't debug an STM32 here",
    cause: "This probe can't be used{detail}.",
    variants: {
      older:
        "The probe is on USB as {product}, and {tool} {version} does not know that product: it takes devices for ST-LINKs by a list of product IDs, in which this one came with {first}.",
    },
    how: "Its version says that it is an ST-LINK/V1, or that its firmware has no debug part.",
    remedy: ["Use an ST-LINK/V2, V2-1 or V3, or update its firmware."],
  },
  {
    code: "probe-firmware-old",
    title: "The probe's firmware is old",
    severity: "warning",
    cause: "The probe's firmware {firmware} is old: {lacks}.",
    variants: {
      refused: "The probe's firmware{firmware} is too old for this tool, which refuses to go on.",
      broken:
        "The update of the probe's firmware broke off{detail}: USB lost the probe while it changed its mode (a virtual machine, a hub, a cable, the system's driver), or the probe is a copy, which ST's updater turns down.",
      unwritten:
        "The update of the probe's firmware failed{detail}. The updater had read the probe's version, so that the probe had followed it into its update mode; what it did not do is take the new firmware: a copy of an ST-LINK/V2, which ST's updater turns down, or USB broke off on the way (cable, hub, virtual machine).",
      offered: "Newer firmware for the probe exists.",
    },
    how: "The version that the probe tells is compared with those in which the commands came: DP and AP registers J24, half-word access J26, several access ports J28, queued accesses J32 (V3: J2).",
    remedy: [
      "Update it: STM32CubeIDE, Help > ST-LINK Upgrade; STM32CubeProgrammer, Firmware upgrade; or STLinkUpgrade by itself (STSW-LINK007).",
      "Copies of the ST-LINK/V2 often refuse the update: then use a tool that does not ask for it, such as Probity.",
    ],
  },
  {
    code: "probe-unplugged",
    title: "The probe was unplugged",
    cause: "The ST-LINK was unplugged, or lost its USB connection, in the middle of the session.",
    variants: {
      bootLoader: "The chip's boot loader went from USB in the middle of the work: unplugged, reset, or without power.",
      server:
        "The ST-LINK behind the server at {server} was unplugged, or the server lost it, in the middle of the session.",
    },
    how: "The system says that the device is gone (ENODEV); it answered before. Behind a server: the server lists it no more, or the probe no longer tells its version through it.",
    remedy: [
      "Plug it in again, and start anew. `probity gdbserver -e` waits for it and goes on by itself.",
      "If it happens by itself: another cable or port, no hub; a target that draws its power from the probe may pull it down.",
    ],
  },
  {
    code: "probe-usb-trouble",
    title: "USB communication with the probe fails",
    cause: "The USB communication with the probe fails: {detail}.",
    variants: {
      bootLoader: "The USB communication with the chip's boot loader fails: {detail}.",
      mode: "The updater told the probe to change to its update mode, in which it leaves USB and comes back as another device, and did not find it there: something holds the probe, or what lies between (cable, hub, virtual machine, driver) did not follow, or the probe (a copy, most often) changes only when it is plugged in anew. Its firmware stays as it is.",
    },
    how: "The probe is in the list of devices and could be opened, but a command got no or a wrong answer. The target plays no part in that.",
    remedy: [
      "Unplug the probe and plug it in again: a program that was killed leaves it stuck.",
      "Use another cable or port, no hub.",
      "Update the probe's firmware.",
    ],
  },
  {
    code: "probe-clone",
    title: "The probe may be a copy",
    severity: "note",
    cause: "The probe may be a copy of an ST-LINK/V2: {why}.",
    how: "Copies have no circuit for measuring VTref, refuse ST's firmware update, and some have no serial number. None of it is proof.",
    remedy: ["It works, but its voltage reading means nothing, and many do not wire NRST: check that pin."],
  },
] as const satisfies readonly FindingKind[];
