# ZONE_MOVABLE by the boot parameters of the configuration, or of the recorded command line
zones="SELECT DISTINCT node, zone FROM v_buddyinfo WHERE sample = 1 ORDER BY node, zone"
try() {
	rm -f run.db
	kmemlab replay b -m simulate --set machine.memory=6GiB --set policy.kernel='"6.1"' -q -o run.db "$@"
	echo "exit $?"
	[ ! -e run.db ] || sqlite3 run.db "$zones"
}
cp -r "$files/tiny" b && chmod -R u+w b
try
try --set machine.kernelcore=5GiB
try --set machine.movablecore=25%
echo "root=/dev/sda1 kernelcore=4G kernelcore=0x40000000 movablecore=x" >b/meta/cmdline
try
kmemlab replay b -m simulate --set machine.memory=6GiB --print-config -o run.db | grep core
try --set machine.kernelcore=lots
try --set machine.movablecore=101%
try --set machine.movable_node=2
try --set machine.kernelcore=50% --kernel 3.5
try --set machine.movable_node=1 --kernel 2.6.34
