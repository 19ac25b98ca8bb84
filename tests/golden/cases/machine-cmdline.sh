# What the recorded command line says of CMA, on a machine that the configuration gives its memory.
cp -r "$files/cma" own && chmod -R u+w own
for cma in quiet cma=4M cma=0x400000@32M cma=4M@0-48m cma=4M@16M-48M "cma=8M cma=4M@" cma=0 cma=M cma=; do
	printf 'ro %s\n' "$cma" >own/meta/cmdline
	echo "$cma"
	kmemlab replay own -m simulate --set machine.memory=64MiB --print-config | grep -A 1 cma:
done
printf 'cma=60M\n' >own/meta/cmdline
kmemlab replay own -m simulate --set machine.memory=64MiB -o run.db
kmemlab replay own -m simulate --set machine.memory=64MiB --set machine.cma=0 -q -o run.db
kmemlab replay own -m simulate --set machine.memory=64MiB --kernel 2.6.34 -q -o run.db
