# A window tells of the losses inside it, whether they stand in the text or are summed up in a .kmt.
cat >t.txt <<'END'
# tracer: nop
#
           <...>-1     [000] .....     1.000000: kmalloc: call_site=f+0x1/0x2 ptr=ffff888000000100 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL node=-1 accounted=false
CPU:0 [LOST 5 EVENTS]
           <...>-1     [000] .....     2.000000: kmalloc: call_site=f+0x1/0x2 ptr=ffff888000000200 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL node=-1 accounted=false
           <...>-1     [000] .....     3.000000: kmalloc: call_site=f+0x1/0x2 ptr=ffff888000000300 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL node=-1 accounted=false
CPU:0 [LOST 7 EVENTS]
           <...>-1     [000] .....     4.000000: kmalloc: call_site=f+0x1/0x2 ptr=ffff888000000400 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL node=-1 accounted=false
END
kmemlab convert t.txt -o t.kmt >/dev/null 2>&1
for window in 0.5,1.5 1.5,2.5 3.5,4.5 0,5; do
	for file in t.txt t.kmt; do
		kmemlab stat --slab --strict --time $window $file >out 2>/dev/null
		echo "$window $file: exit $?"
		grep 'LOST: [0-9]' out
	done
done
