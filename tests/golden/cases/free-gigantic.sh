# hugetlb's gigantic pages come back in one piece, larger than any free list's block: the trace goes on
with() {
	rm -rf b
	cp -r "$files/tiny" b && chmod -R u+w b
	sed -i "/pfn=0x2005/a\\              sh-77      [000] d..1.    10.000056: mm_page_free: page=$1" b/trace.txt
	kmemlab check -q b
	echo "exit $?"
	kmemlab replay b --paranoid -o run.db >out
	echo "exit $?"
	grep -E '^  (events|frees|outside)' out
	sqlite3 run.db "SELECT ord, free_blocks FROM v_buddyinfo JOIN v_samples USING (run, sample)
			WHERE label = 'end' AND free_blocks"
}
# 2048 pages that the machine has and uses
with 'ffffea0000020000 pfn=0x800 order=11'
# 1 GiB that it does not have
with 'ffffea0001000000 pfn=0x40000 order=18'
# a place where none can begin
with 'ffffea0000080000 pfn=0x2008 order=11'
# no kernel's
with 'ffffea0000000000 pfn=0x0 order=23'
