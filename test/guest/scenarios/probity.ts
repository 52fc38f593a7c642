import type { Scenario } from "../scenario.ts";

const cause = (code: string): RegExp => new RegExp(`\\[${code}\\]`);

/** Probity over npm `usb`, and the errors that a real kernel makes. */
export const probityScenario: Scenario = {
  name: "probity",
  probes: [["--pid", "374b"]],
  steps: [
    {
      name: "no USB bus: probity info",
      run: "probity info",
      status: 1,
      expect: [/has no USB: the system knows no bus/, cause("probe-no-usb-bus")],
    },
    {
      name: "no probe: probity info",
      run: "cable unplug; load_usb; until_true sh -c 'lsusb | grep 1d6b'; probity info",
      status: 1,
      expect: [/^Cause:.*/m, cause("probe-none")],
    },
    {
      name: "no probe: the server",
      run: "probity gdbserver -d -p 61234",
      status: 20,
      expect: [/^Reason: No ST-LINK found.*/m, cause("probe-none")],
    },
    {
      name: "probity probes",
      run: "cable replug; until_true sh -c 'lsusb | grep 0483'; probity probes",
      expect: [/usb:50524F424954590000000201 .*V2J37M27.*/],
    },
    {
      name: "probity info",
      run: "time probity info",
      expect: [
        /Probe: +ST-LINK 50524F424954590000000201, firmware V2J37M27, target at 3\.30 V/,
        /Chip: +STM32F10x medium-density/,
        /^real.*/m,
      ],
    },
    {
      name: "a user without rights: probity info",
      run: "ls -l /dev/bus/usb/001/; as_user probity info",
      status: 1,
      expect: [/^Cause:.*/m, cause("probe-permission"), /probity udev --install/],
    },
    {
      name: "a user without rights: st-info, OpenOCD",
      run: `as_user st-info --probe
        as_user openocd -f interface/stlink.cfg -c 'transport select hla_swd' -f target/stm32f1x.cfg -c init -c exit`,
      status: 1,
      expect: [/Found 0 stlink programmers/, /LIBUSB_ERROR_ACCESS/],
    },
    {
      name: "probity udev --install, read by udev",
      run: `ln -sf "$UDEVADM" /usr/local/bin/udevadm; 
        # Rules that other packages bring must not do it.
        rm -f /lib/udev/rules.d/*stlink* /lib/udev/rules.d/*openocd* /etc/udev/rules.d/*
        (exec -a systemd-udevd "$UDEVADM" --daemon); until_true udevadm control --ping
        mkdir -p /etc/udev/rules.d; probity udev --install; udevadm settle; ls -l /dev/bus/usb/001/`,
      expect: [
        /^Written: .*/m,
        /^Done: udevadm control --reload$/m,
        /^Done: udevadm trigger .*/m,
        /crw-rw----\S* 1 root plugdev .*/,
      ],
    },
    {
      name: "a user in plugdev: probity info",
      run: "as_plugdev probity info",
      expect: [/Probe: +ST-LINK 50524F424954590000000201/],
    },
    {
      name: "a user in plugdev, after the probe was plugged in anew",
      run: `cable unplug; until_true sh -c '! lsusb | grep 0483'; cable replug; until_true sh -c 'lsusb | grep 0483'
        udevadm settle; as_plugdev probity info`,
      expect: [/Probe: +ST-LINK 50524F424954590000000201/],
    },
    {
      name: "probity flash --verify",
      run: "time probity flash firmware/inspect/inspect.elf --verify --run",
      expect: [/3516 bytes of firmware\/inspect\/inspect\.elf programmed and verified/, /^real.*/m],
    },
    {
      name: "probity gdbserver with GDB: load, breakpoint, backtrace, detach",
      run: `probity gdbserver -d -p 61234 > /tmp/server.log 2>&1 & server=$!
        until_true grep Waiting /tmp/server.log
        time gdb-multiarch -batch -ex 'target extended-remote localhost:61234' -ex load -ex compare-sections \\
          -ex 'break report' -ex continue -ex backtrace -ex detach firmware/blinky/blinky.elf
        wait $server; echo "server: $?"; tail -5 /tmp/server.log`,
      expect: [
        /Start address 0x08000234, load size 1684/,
        /Section \.text, range .*: matched/,
        /Breakpoint 1, report/,
        /#0 .*report/,
        /#1 .*main/,
        /detached\]/,
        /^server: 0$/m,
        /^real.*/m,
      ],
      limit: 120,
    },
    {
      name: "busy: the server holds the probe",
      run: `probity gdbserver -e -d -p 61234 > /tmp/server.log 2>&1 & server=$!
        until_true grep Waiting /tmp/server.log
        echo "it is process $server"; probity info; status=$?
        st-info --probe; probity gdbserver -d -p 61300; echo "second server: $?"
        kill $server; wait $server; exit $status`,
      status: 1,
      expect: [
        /Another program holds the ST-LINK: \S+ \(process \d+\)/,
        cause("probe-busy"),
        /Found 0 stlink/,
        /second server: 1/,
      ],
    },
    {
      name: "busy: OpenOCD holds the probe; as another user, who can't see which",
      run: `openocd -f interface/stlink.cfg -c 'transport select hla_swd' -f target/stm32f1x.cfg > /tmp/openocd.log 2>&1 & openocd=$!
        until_true grep 'starting gdb server' /tmp/openocd.log
        probity info; as_plugdev probity info; kill $openocd; wait $openocd; probity info`,
      expect: [
        /^Cause:.*Another program holds the ST-LINK: openocd \(process \d+\)\./m,
        /^Cause:.*Another program holds the ST-LINK\. \(certain\) \[probe-busy\]/m,
        /Chip: +STM32F10x/,
      ],
    },
  ],
};
