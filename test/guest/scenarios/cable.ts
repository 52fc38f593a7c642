import type { Scenario } from "../scenario.ts";

/** Puts the cable in again and waits for the probe. */
const plugIn = `cable replug; until_true sh -c 'lsusb | grep 0483'`;

/** Starts a server in the background; its output and its exit status come into a file. */
const server = (words: string, pipe = ""): string =>
  `(probity gdbserver -d -p 61234 ${words}; echo "server: $?") 2>&1 ${pipe} > /tmp/server.log &
  server=$!; until_true grep Waiting /tmp/server.log`;

/** GDB with commands, one of them in each word. */
const gdb = (...commands: readonly string[]): string =>
  `gdb-multiarch -batch ${["target extended-remote localhost:61234", ...commands].map((one) => `-ex '${one}'`).join(" ")}`;

/** The cable is pulled out in the middle of everything, and put back. */
export const cableScenario: Scenario = {
  name: "cable",
  probes: [["--pid", "374b"]],
  steps: [
    {
      name: "unplugged in the middle of st-flash",
      run: `load_usb; until_true sh -c 'lsusb | grep 0483'; head -c 65536 /dev/urandom > /tmp/random.bin
        st-flash --reset write /tmp/random.bin 0x08000000 2>&1 | pull_at ' 9/ 64' $'\\r' > /tmp/st-flash.log
        tail -4 /tmp/st-flash.log; echo "probes: $(lsusb | grep -c 0483)"`,
      expect: [/LIBUSB_ERROR_NO_DEVICE/, /^probes: 0$/m],
      never: [/jolly good/],
    },
    {
      name: "the next st-flash",
      run: `${plugIn}; st-flash --reset write /tmp/random.bin 0x08000000 2>&1 | tail -1`,
      expect: [/Flash written and verified! jolly good!/],
    },
    {
      name: "unplugged in the middle of probity flash",
      run: `head -c 65536 /dev/urandom > /tmp/random.bin
        (probity flash /tmp/random.bin --address 0x08000000 --verify; echo "flash: $?") 2>&1 | pull_at Erasing`,
      expect: [/^Erasing/m, /^Cause:.*unplugged.*/m, /\[probe-unplugged\]/, /^flash: 1$/m],
    },
    {
      name: "the next probity flash, read back",
      run: `${plugIn}; probity flash /tmp/random.bin --address 0x08000000 --full --verify
        probity read 0x08000000 64K /tmp/random.hex
        probity read 0x08000000 64K /tmp/back.bin && cmp /tmp/random.bin /tmp/back.bin && echo identical`,
      expect: [
        /65536 bytes of \/tmp\/random\.bin programmed and verified/,
        /65536 bytes, .* written to \/tmp\/random\.hex/,
        /^identical$/m,
      ],
    },
    {
      name: "unplugged in the middle of GDB's load",
      run: `${server("", "| pull_at Erasing")}; ${gdb("load /tmp/random.hex")}; wait $server; tail -25 /tmp/server.log`,
      status: "any",
      expect: [/Target USB comms error/, /^Cause:.*unplugged.*/m, /\[probe-unplugged\]/, /^server: 13$/m],
    },
    {
      name: "the next load",
      run: `${plugIn}; ${server("")}; ${gdb("load", "compare-sections", "detach")} firmware/blinky/blinky.elf; wait $server; tail -1 /tmp/server.log`,
      expect: [/Section \.text, range .*: matched/, /^server: 0$/m],
    },
    {
      name: "a persistent server waits for the probe while the program runs, and goes on",
      run: `${server("-e")}
        ${gdb("continue", "backtrace", "break report", "continue", "detach")} firmware/blinky/blinky.elf > /tmp/gdb.log 2>&1 & gdb=$!
        until_true grep -q 'Debugger connected' /tmp/server.log; sleep 3
        cable unplug; until_true grep -q 'to be plugged in again' /tmp/server.log
        ${plugIn}; until_true grep -q 'is back' /tmp/server.log
        kill -INT $gdb; wait $gdb; cat /tmp/gdb.log; sed -n '/USB comms/,$p' /tmp/server.log; exit 0`,
      expect: [
        /^Cause:.*unplugged.*/m,
        /Waiting for the ST-LINK 50524F424954590000000201 to be plugged in again/,
        /^The ST-LINK is back\..*/m,
        /received signal SIGINT/,
        /^#0 .*/m,
        /^Breakpoint 1, report/m,
        /detached\]/,
      ],
    },
  ],
};
