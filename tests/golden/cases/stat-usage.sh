kmemlab stat --sort byte x
kmemlab stat --sort hit, x
kmemlab stat --time 5 x
kmemlab stat --time 2,1 x
kmemlab stat --lines many x
kmemlab stat --json --csv x
kmemlab stat --kallsyms missing "$files/objects"
kmemlab stat --kallsyms "$files/objects/trace.txt" "$files/objects"
kmemlab leaks --sort size x
kmemlab leaks --min-age soon x
kmemlab leaks
