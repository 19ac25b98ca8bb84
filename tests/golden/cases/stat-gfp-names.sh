# flags are named as the trace's kernel names them: 6.12's GFP_ATOMIC has no __GFP_ATOMIC; where nothing tells the
# kernel, the newest one's names were read and are printed
lines() {
	for gfp in GFP_ATOMIC "GFP_NOWAIT|__GFP_NORETRY" "__GFP_IO|__GFP_FS|__GFP_RECLAIM" "GFP_TRANSHUGE_LIGHT"; do
		echo "            bash-42      [001] .....     1.000001: mm_page_alloc: page=0x1 pfn=0x100 order=0 migratetype=0 gfp_flags=$gfp"
	done
}
for kernel in 6.1.192 6.12.117 ""; do
	mkdir "b$kernel" "b$kernel/meta"
	[ -z "$kernel" ] || echo "Linux version $kernel" >"b$kernel/meta/version"
	lines >"b$kernel/trace.txt"
	kmemlab stat --page --gfp -s name "b$kernel" | sed -n '/gfp flags$/,$p'
done
