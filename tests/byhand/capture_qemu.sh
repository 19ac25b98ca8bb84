#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: capture_qemu.sh KMEMLAB [DIRECTORY]: the capture script on a real kernel, by hand (docs/capture-test.md says why).
# Debian's stock cloud kernel boots under qemu's software emulation with nothing but busybox around it; there the script
# captures twice, of a running system and of a trace from boot, and is interrupted once. What comes out is checked and
# replayed here. Needs qemu-system-x86, cpio and the network, for Debian's packages of the kernel and of busybox, or these
# in DIRECTORY; takes some minutes. DIRECTORY keeps the bundles. CHECK_RUN=PROGRAM holds each run against its snapshots.
set -eu
kmemlab=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
mkdir -p "${2:-capture-qemu}"
cd "${2:-capture-qemu}"
for tool in qemu-system-x86_64 cpio dpkg; do
	command -v $tool >/dev/null || {
		echo "needs $tool; on Debian: apt-get install qemu-system-x86 cpio"
		exit 77
	}
done

# ---- the kernel and a file system in memory ----

[ -n "$(ls linux-image-*.deb 2>/dev/null)" ] || {
	package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\)/\1/p' | head -n 1)
	apt-get download "$package"
}
[ -n "$(ls busybox-static*.deb 2>/dev/null)" ] || apt-get download busybox-static
rm -rf kernel root
dpkg -x busybox-static*.deb kernel
dpkg -x linux-image-*.deb kernel
release=$(ls kernel/lib/modules)
mkdir -p root/bin root/lib root/proc root/sys root/dev root/tmp root/run
cp kernel/bin/busybox root/bin/busybox
"$kmemlab" capture >root/capture.sh
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
	cp "$(find kernel/lib/modules -name $module.ko)" root/lib/
done
cat >root/init <<'END'
#!/bin/busybox ash
export PATH=/bin HOME=/tmp
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
for m in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk; do
	insmod /lib/$m.ko
done
cd /tmp
# All that tracing can be set to, as text.
state() {
	mount -t tracefs none /sys/kernel/tracing
	for f in tracing_on current_tracer trace_clock buffer_size_kb saved_cmdlines_size trace_options kprobe_events; do
		# a buffer that has not grown yet has the size that it would grow to, and that in whole pages
		echo "$f: $(cat /sys/kernel/tracing/$f | tr '\n' ' ' | sed 's/^7 (expanded: 1408)/1410/')"
	done
	grep -l 1 /sys/kernel/tracing/events/*/*/enable
	ls /sys/kernel/tracing/instances
	umount /sys/kernel/tracing
	cat /proc/mounts
	ls /run /tmp
}
send() {
	size=$(wc -c <$1)
	echo "BUNDLE $1 $size"
	dd if=$1 of=$2 bs=64k conv=sync 2>/dev/null
	sync
	rm $1
}
case $(cat /proc/cmdline) in
*trace_event=*)
	mount -t tracefs none /sys/kernel/tracing
	sh /capture.sh collect -o boot sh -c "find / -xdev >/dev/null"
	echo "STATUS collect $?, tracing $(cat /sys/kernel/tracing/tracing_on)"
	send boot.tar.gz /dev/vda
	;;
*)
	state >/state.before
	(sleep 4; sh /capture.sh snap asked; echo "STATUS snap $?") &
	sh /capture.sh -o running -i 3 sh -c 'for i in 1 2 3 4; do dd if=/dev/zero of=/tmp/f bs=64k count=200 2>/dev/null; find / -xdev >/dev/null; rm /tmp/f; sleep 2; done'
	echo "STATUS run $?"
	send running.tar.gz /dev/vda
	state >/state.after
	cmp /state.before /state.after && echo "STATUS restored 0" || diff /state.before /state.after
	# ended by a signal while it records: a bundle all the same
	sh /capture.sh -o stopped --redact -s -b 8192 & pid=$!
	while ! [ -d stopped.partial/snap/start ]; do sleep 1; done
	sleep 2
	sh /capture.sh stop
	wait $pid
	echo "STATUS stopped $?"
	send stopped.tar.gz /dev/vdb
	# and twice, while it saves: none, and nothing is left
	sh /capture.sh -o broken & pid=$!
	while ! [ -d broken.partial/snap/start ]; do sleep 1; done
	sleep 2
	kill -TERM $pid
	while ! [ -d broken.partial/snap/end ]; do sleep 1; done
	sleep 1
	kill -TERM $pid
	wait $pid
	echo "STATUS broken $?"
	state >/state.after
	cmp /state.before /state.after && echo "STATUS restored 0" || diff /state.before /state.after
	;;
esac
sync
poweroff -f
END
chmod +x root/init
(cd root && find . | cpio -o -H newc --quiet) | gzip >root.gz

# ---- two boots ----

boot() {
	rm -f disk0 disk1
	truncate -s 256M disk0 disk1
	timeout 1200 qemu-system-x86_64 -machine pc -accel tcg -cpu max -m 512 -smp 2 -nographic -no-reboot \
		-kernel kernel/boot/vmlinuz-"$release" -initrd root.gz \
		-drive file=disk0,if=virtio,format=raw -drive file=disk1,if=virtio,format=raw \
		-append "console=ttyS0 quiet panic=-1 rdinit=/init $1" </dev/null >console
	tr -d '\r' <console | sed -n '/^capture: /,$p' >"$2"
	rm console
	cat "$2"
}
take() {
	head -c "$(sed -n "s/^BUNDLE $1 //p" "$3")" "$2" >"$1"
}
boot "" running.log
take running.tar.gz disk0 running.log
take stopped.tar.gz disk1 running.log
boot "$("$kmemlab" capture --boot | sed -n 's/^  trace_event/trace_event/p' | sed 's/300M/60M/')" boot.log
take boot.tar.gz disk0 boot.log
rm -rf disk0 disk1 kernel root root.gz

# ---- what came out ----

grep STATUS running.log boot.log
failed=0
for status in "snap 0" "run 0" "stopped 0" "broken 130" "restored 0"; do
	grep -q "STATUS $status" running.log || { echo "FAIL: not $status"; failed=1; }
done
grep -q "STATUS collect 0, tracing 1" boot.log || { echo "FAIL: not collect 0"; failed=1; }
for bundle in running stopped boot; do
	"$kmemlab" check $bundle.tar.gz || failed=1
	"$kmemlab" replay $bundle.tar.gz -o $bundle.db || failed=1
	[ -z "${CHECK_RUN:-}" ] || "$CHECK_RUN" $bundle.db $bundle.tar.gz || failed=1
done
exit $failed
