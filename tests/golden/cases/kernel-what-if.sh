for kernel in 2.6.34 3.5; do
	kmemlab replay "$files/tiny" -m simulate --kernel $kernel -q -o run.db
	sqlite3 run.db "SELECT kernel, mode, what_if, unvalidated FROM v_runs"
	kmemlab replay "$files/tiny" -m simulate --kernel $kernel --set machine.memory=64MiB -q -o run.db
	sqlite3 run.db "SELECT zone, ord, free_blocks FROM v_buddyinfo WHERE sample = 1 AND free_blocks AND zone = 'DMA32'"
done
kmemlab replay "$files/tiny" -m simulate --kernel 3.5 --set machine.arch=arm64 --set machine.memory=1GiB -q -o none.db
echo "exit $?"
ls
