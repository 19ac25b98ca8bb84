# another kernel has its own watermarks and limits; what somebody had set is kept
limits() {
	kmemlab replay b -m simulate --kernel "$1" -o run.db | grep -A 1 limits | grep -v seed
}
# one DMA32 zone of 16000 pages: sqrt(16 * 64000) = 1011 kB, 252 pages; khugepaged: a twentieth of 16000 - 252 - 2 * 63 = 781 pages
tiny() {
	rm -rf b
	cp -r "$files/tiny" b && chmod -R u+w b
	sed -i "s/min      64/min      $1/; s/low      80/low      $2/; s/high     96/high     $3/; s/high:  80/high:  $2/" b/snap/start/zoneinfo
	printf 'vm.min_free_kbytes = %s\nvm.lowmem_reserve_ratio = 256\t32\t0\n' "$4" >b/meta/sysctl_vm
}
tiny 781 976 1171 3124
for k in 2.6.34 3.5 6.12 6.1.0 6.1; do limits $k; done
tiny 2048 2560 3072 8192
limits 2.6.34
kmemlab replay b -m simulate --kernel 2.6.34 --json -o run.db | grep -o '"limits.*}}'
# what is asked for goes before either
kmemlab replay b -m simulate --kernel 2.6.34 --set policy.min_free_kbytes=8192 --print-config | grep min_free
