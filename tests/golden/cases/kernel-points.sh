# Point releases have models of their own; a kernel without one is told which is nearest.
for kernel in 6.1.23 6.1.150 6.1.0-37-amd64 2.6.34.8 3.5.2; do
	kmemlab replay "$files/tiny" -m simulate --kernel $kernel -o run.db | head -n 1
	sqlite3 run.db "SELECT kernel, unvalidated FROM v_runs"
done
kmemlab verify "$files/tiny" --kernel 6.1.23 | head -n 1
kmemlab verify "$files/tiny" --kernel 3.5 --json >/dev/null
kmemlab report run.db -o report >/dev/null && grep unvalidated report/report.txt
for kernel in 5.10.0 6.6.45 7.0 2.6.18; do
	kmemlab replay "$files/tiny" --kernel $kernel -o none.db
	echo "exit $?"
done
cp -r "$files/tiny" other && chmod -R u+w other
echo 'Linux version 5.10.0-30-amd64 (a@b) #1 SMP Debian 5.10.218-1 (2024-06-01)' >other/meta/version
kmemlab verify other
echo "exit $?"
