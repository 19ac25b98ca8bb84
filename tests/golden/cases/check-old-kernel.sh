# A bundle that names 6.1, with lines that kernels stopped printing in 3.3; and names nobody knows.
mkdir -p b/meta
echo 'Linux version 6.1.0 (a@b)' >b/meta/version
{
	echo '            bash-2001  [000]   512.000001: mm_page_free_direct: page=ffffea0000 pfn=99 order=0'
	echo '            bash-2001  [000]   512.000002: mm_page_alloc: page=ffffea0000 pfn=99 order=1 migratetype=1 gfp_flags=GFP_KERNEL|GFP_NEW'
} >b/trace.txt
kmemlab check b
echo "$?"
kmemlab check --json b
