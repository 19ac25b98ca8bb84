#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The captures' own times between two events that bracket one path, beside the model's for the same steps: at least eight
# classes of 30 samples or more, and their order agrees. The captures come from an emulator: it is a test of order, not of size.
# The rank correlation is calculated here again, without a line of the program's.
set -u
here=$(cd "$(dirname "$0")" && pwd)
kmemlab=$(realpath "${KMEMLAB:?names the program}")
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 3
printf '%s\n' 'costs: generic' 'record: {samples: 0, map: 0}' >costs.yaml
status=0
for name in cma-6.1-x86-1cpu files-6.1-x86-1cpu; do
	"$kmemlab" replay -q -c costs.yaml "$here/../../traces/samples/$name.kmt" -o run.db || exit 1
	"$kmemlab" report -q run.db --format text -o report >/dev/null || exit 1
	sed -n '/^The order of what/,/Spearman/p' report/report.txt
	says=$(sed -n 's/.*(Spearman) //p' report/report.txt)
	sqlite3 -separator ' ' run.db 'SELECT recorded_p50_ns, model_p50_ns FROM v_brackets WHERE count >= 30' | awk -v says="$says" '
		{ x[NR] = $1; y[NR] = $2 }
		function rank(v, i,    k, r) {
			r = 0.5
			for (k = 1; k <= NR; k++) r += v[k] < v[i] ? 1 : v[k] == v[i] ? 0.5 : 0
			return r - (NR + 1) / 2
		}
		END {
			for (i = 1; i <= NR; i++) {
				a = rank(x, i); b = rank(y, i)
				ab += a * b; aa += a * a; bb += b * b
			}
			rho = ab / sqrt(aa * bb)
			printf "%d classes, %.4f\n", NR, rho
			exit !(NR >= 8 && rho >= 0.8 && rho - says < 0.002 && says - rho < 0.002)
		}' || { echo "$name: the order does not agree, or the report says $says"; status=1; }
done
exit $status
