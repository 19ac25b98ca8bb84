#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Whoever ends convert, gen or replay half-way finds nothing half-written.
set -u
program=$(cd "$(dirname "${KMEMLAB:?names the program}")" && pwd)/$(basename "$KMEMLAB")
sample=$(cd "$(dirname "$0")/../.." && pwd)/traces/samples/files-6.1-x86-1cpu.kmt
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 3
python3 -c 'import os; os.open(".", os.O_TMPFILE | os.O_RDWR)' 2>/dev/null || {
	echo "needs python3 and a file system with files that have no name"
	exit 77
}
failed=0
for end in HUP TERM KILL; do
	for out in out.kmt out.txt; do
		mkfifo pipe
		"$program" convert - -o "$out" <pipe 2>/dev/null &
		pid=$!
		exec 9>pipe
		for i in 1 2 3; do
			echo "            bash-42      [001] .....     $i.000001: kfree: call_site=a+0x1/0x2 ptr=00000000000000$i" >&9
		done
		sleep 0.3
		kill -"$end" "$pid"
		exec 9>&-
		wait "$pid" 2>/dev/null
		status=$?
		rm pipe
		[ "$status" -gt 128 ] && [ -z "$(ls)" ] && continue
		echo "FAIL $end: exit $status, left behind: $(ls)"
		failed=1
		rm -f out*
	done
done

# replay writes beside its database: what it can hear of, it removes; a signal that is ignored ends nothing
for end in HUP INT TERM; do
	KMEMLAB=$program END=$end SAMPLE=$sample python3 - <<'PYTHON' || failed=1
import os, signal, subprocess, sys, time

end = getattr(signal, "SIG" + os.environ["END"])
for heard in True, False:
    run = subprocess.Popen([os.environ["KMEMLAB"], "replay", "-q", "--paranoid", os.environ["SAMPLE"], "-o", "run.db"],
                           preexec_fn=lambda: signal.signal(end, signal.SIG_DFL if heard else signal.SIG_IGN))
    while run.poll() is None and not os.path.exists("run.db.partial"):
        time.sleep(0.01)
    time.sleep(0.1)
    run.send_signal(end)
    try:
        status = run.wait(timeout=5 if heard else 0.3)
    except subprocess.TimeoutExpired:
        status = None
    left = os.listdir(".")
    if heard and (status != -end or left) or not heard and (status is not None or left != ["run.db.partial"]):
        print(f"FAIL {end.name}, {'heard' if heard else 'ignored'}: replay ended with {status}, left: {left}")
        sys.exit(1)
    if status is None:
        run.kill()
        run.wait()
        os.remove("run.db.partial")
PYTHON
done
exit $failed
