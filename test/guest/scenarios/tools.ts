import type { Scenario } from "../scenario.ts";

/** Other people's tools, and the kernel's drivers for the COM port and the drive, at an ST-LINK/V2-1. */
export const toolsScenario: Scenario = {
  name: "tools",
  probes: [["--pid", "374b"]],
  steps: [
    {
      name: "lsusb",
      run: "load_usb; until_true sh -c 'lsusb | grep 0483:374b'; lsusb",
      expect: [/ID 0483:374b STMicroelectronics/],
    },
    {
      name: "lsusb -v",
      run: "lsusb -v -d 0483:374b",
      expect: [
        /bcdUSB +2\.00/,
        /iSerial +3 50524F424954590000000201/,
        /bNumInterfaces +4/,
        /iInterface +4 ST-Link Debug/,
        /bEndpointAddress +0x81 {2}EP 1 IN/,
        /bEndpointAddress +0x01 {2}EP 1 OUT/,
        /bEndpointAddress +0x82 {2}EP 2 IN/,
        /iInterface +5 ST-Link mass storage/,
        /iInterface +6 ST-Link VCP Ctrl/,
      ],
    },
    {
      name: "st-info --probe",
      run: "st-info --probe",
      expect: [
        /Found 1 stlink programmers/,
        /version: +V2J37S27/,
        /serial: +50524F424954590000000201/,
        /flash: +65536 \(pagesize: 1024\)/,
        /chipid: +0x0410/,
        /F1xx Medium-density/,
      ],
    },
    {
      name: "st-flash --reset write of 64 KiB, read back",
      run: `head -c 65536 /dev/urandom > /tmp/random.bin
        time st-flash --reset write /tmp/random.bin 0x08000000
        st-flash read /tmp/back.bin 0x08000000 65536 && cmp /tmp/random.bin /tmp/back.bin && echo identical`,
      expect: [/Flash written and verified! jolly good!/, /^real.*/m, /^identical$/m],
      limit: 120,
    },
    ...(["hla_swd", "dapdirect_swd"] as const).map((transport) => ({
      name: `OpenOCD, ${transport}: program, verify, reset`,
      run: `openocd -f interface/${transport === "hla_swd" ? "stlink" : "stlink-dap"}.cfg -c 'transport select ${transport}' \\
        -f target/stm32f1x.cfg -c init -c 'mdw 0xE0042000' -c 'program firmware/blinky/blinky.elf verify reset exit'`,
      expect: [/STLINK V2J37M27/, /0xe0042000: 20036410/, /\*\* Programming Finished \*\*/, /\*\* Verified OK \*\*/],
      limit: 120,
    })),
    {
      name: "/dev/ttyACM0",
      run: "stty -F /dev/ttyACM0 115200 raw -echo; timeout 20 head -c 60 /dev/ttyACM0",
      expect: [/Probity blinky: tick \d+/],
    },
    {
      name: "a program copied onto the drive",
      run: `until_true test -b /dev/sda
        mkdir -p /mnt/probe; mount -t vfat /dev/sda /mnt/probe && cat /mnt/probe/DETAILS.TXT
        stty -F /dev/ttyACM0 115200 raw -echo; cp $GUEST_FOLDER/blinky.bin /mnt/probe; umount /mnt/probe
        timeout 20 head -c 160 /dev/ttyACM0`,
      expect: [/Target: +STM32F103C8/, /Probity blinky: started at 72000000 Hz/, /Probity blinky: tick 1/],
    },
    {
      name: "a program that is too big, copied onto the drive",
      run: `mount -t vfat /dev/sda /mnt/probe; head -c 100000 /dev/zero > /mnt/probe/big.bin; umount /mnt/probe
        sleep 1.5; mount -t vfat /dev/sda /mnt/probe; cat /mnt/probe/FAIL.TXT; umount /mnt/probe`,
      expect: [/does not fit into the target's flash/],
    },
  ],
};
