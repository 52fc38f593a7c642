#!/bin/busybox sh
# First program of the guest. Its root folder becomes that of the machine that runs it, read-only, under a layer in memory:
# every program and file is there, and whatever is written vanishes. Then the script named on the kernel's command line is run.
box=/bin/busybox
$box mount -t proc proc /proc
$box mount -t sysfs sysfs /sys
$box mount -t devtmpfs devtmpfs /dev
while read -r module; do $box insmod "/modules/$module" || echo "insmod $module failed"; done < /modules/order
$box mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /host
$box mount -t tmpfs memory /memory
$box mkdir /memory/upper /memory/work
$box mount -t overlay overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work /root
$box mount --move /proc /root/proc
$box mount --move /sys /root/sys
$box mount --move /dev /root/dev
# Sockets and lock files of the machine's own services are none of the guest's.
$box mount -t tmpfs run /root/run
$box ip link set lo up
script=$($box sed -n 's/.*guest_script=\([^ ]*\).*/\1/p' /root/proc/cmdline)
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Not chroot: udevadm does nothing in one.
exec $box switch_root /root /bin/bash "$script"
