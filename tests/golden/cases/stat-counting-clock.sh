sed 's/\[000\] \([a-zA-Z.]*\) *\([0-9]*\)\.\([0-9]\{3\}\)[0-9]*: /[000] \1 \2\3: /' "$files/stacks/trace.txt" >counter.txt
kmemlab stat --slab --time 1003,1005 counter.txt
kmemlab stat --time 1.5,2 counter.txt
kmemlab leaks --time 1003, counter.txt
kmemlab leaks --min-age 2 counter.txt
