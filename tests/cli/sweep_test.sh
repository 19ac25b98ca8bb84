#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: KMEMLAB=program sweep_test.sh: a sweep of 200 runs that is killed 20 times, at moments from a seed, ends with the
# bytes of an undisturbed one; so does one on a disk that was full.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
KMEMLAB=$(cd "$(dirname "${KMEMLAB:?names the program}")" && pwd)/$(basename "$KMEMLAB")
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT INT TERM
cd "$scratch" || exit 3
cp -r "$root/tests/golden/files/tiny" tiny
cat >plan.yaml <<'END'
traces: tiny
config: base.yaml
vary:
  policy.min_free_kbytes: [64, 128, 256, 512, 1024]
  policy.watermark_scale_factor: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
  policy.watermark_boost_factor: [0, 15000]
  policy.kernel: ["6.1", "6.12"]
END
echo 'record: {samples: 2, map: 0}' >base.yaml
"$KMEMLAB" sweep plan.yaml -q -o whole.db || exit 1

kills=0 went_on=0 kept=0
for moment in $(awk 'BEGIN { srand(9); for (i = 0; i < 20; i++) printf "%.3f ", 0.01 + rand() * 0.1 }'); do
	timeout -s KILL "$moment" "$KMEMLAB" sweep plan.yaml -j 2 -q -o killed.db 2>/dev/null
	[ $? -eq 137 ] && kills=$((kills + 1))
	[ -e killed.db ] && { echo "a sweep that was killed has a database"; exit 1; }
	now=$(ls killed.db.runs 2>/dev/null | grep -c '\.db$')
	[ "$now" -lt "$kept" ] && { echo "runs were lost: $kept, now $now"; exit 1; }
	[ "$now" -gt "$kept" ] && [ "$kept" -gt 0 ] && went_on=$((went_on + 1))
	kept=$now
	# enough are to be left for the other moments
	[ "$kept" -gt 100 ] && { rm -rf killed.db.runs; kept=0; }
done
[ "$kills" -eq 20 ] || { echo "only $kills of 20 were killed"; exit 1; }
"$KMEMLAB" sweep plan.yaml -o killed.db || exit 1
cmp whole.db killed.db || exit 1
[ ! -e killed.db.runs ] || { echo "the runs' own databases are left"; exit 1; }
echo "killed 20 times, went on $went_on times; $kept runs were kept at the end"

# no run has room for its database: a line each, no database; then there is room
sed -n '1,3p; /kernel/p' plan.yaml >small.yaml
(
	trap '' XFSZ
	ulimit -f 8
	"$KMEMLAB" sweep small.yaml -q -o full.db 2>said
	[ $? -eq 1 ]
) || { echo "a full disk is not exit status 1"; cat said; exit 1; }
[ "$(grep -c 'kmemlab: tiny policy.kernel=' said)" -eq 2 ] && [ ! -e full.db ] || { cat said; exit 1; }
"$KMEMLAB" sweep small.yaml -q -o full.db && "$KMEMLAB" sweep small.yaml -q -o roomy.db && cmp full.db roomy.db
