# Twelve calls each, by hand: leaf 0.1 us; kfree 1.1; requests of 3.1, or 63 blocks' refill of 66.1: (66000 - 3000) / 63 ns.
calls() {
	echo '# tracer: function_graph'
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		printf ' 0)   0.100 us    |  leaf();\n 0)   1.100 us    |  kfree();\n'
		printf '  100.00000%d |   1)    dd-2224   |   3.100 us    |  __alloc_pages_noprof();\n' $((i % 10))
		echo ' 1)               |  __alloc_pages() {'
		for k in 1 2 3; do for l in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do
			echo ' 1)               |  /* mm_page_alloc_zone_locked: page=0 pfn=0x1 order=0 */'
		done; done
		echo ' 1) + 66.100 us   |  }'
	done
}
calls >flat.txt
kmemlab calibrate --leaf leaf flat.txt -o mine.yaml
grep -e '^#' -e '^  name' -e describe -e page_alloc -e take -e slab_free -e ' split' mine.yaml
# Deeper, two calls inside add 0.6 us: 0.3 each.
sed 's/ 0)   1.100 us    |  kfree();/ 0)               |  kfree() {\n 0)   0.100 us    |    leaf();\n 0)   0.100 us    |    leaf();\n 0)   1.700 us    |  }/' \
	flat.txt >deep.txt
kmemlab calibrate --leaf leaf --deeper deep.txt flat.txt -o mine.yaml | sed -n 2,3p
kmemlab calibrate --leaf leaf --deeper flat.txt deep.txt -o mine.yaml | sed -n 2,3p
kmemlab replay -q -c mine.yaml $files/tiny -o run.db
kmemlab calibrate flat.txt -o other.yaml | sed -n 2,3p
kmemlab calibrate --leaf malloc flat.txt -o mine.yaml
kmemlab calibrate --leaf __alloc_pages flat.txt -o flat.txt
echo 'tlb: skylake' >not.yaml
kmemlab calibrate flat.txt -o not.yaml
kmemlab calibrate $files/tiny -o new.yaml
echo 'not such a trace' >not.txt
kmemlab calibrate not.txt -o new.yaml
kmemlab calibrate --like nothing flat.txt -o new.yaml
{ head -n 5 flat.txt; echo ' 0)   1.100 us    kfree();'; } >bad.txt
kmemlab calibrate bad.txt -o new.yaml
