kmemlab stat --sort byte x
kmemlab stat --sort hit, x
kmemlab stat --time 5 "$files/objects"
kmemlab stat --time 2,1 "$files/objects"
kmemlab stat --group-by caller x
kmemlab stat --caller --group-by module x
kmemlab leaks --group-by task x
kmemlab stat --lines many x
kmemlab stat --json --csv x
kmemlab stat --kallsyms missing "$files/objects"
kmemlab stat --kallsyms "$files/objects/trace.txt" "$files/objects"
kmemlab leaks --sort size x
kmemlab leaks --min-age soon x
kmemlab leaks
kmemlab stat --vmlinux missing "$files/objects"
kmemlab stat --vmlinux "$files/objects/trace.txt" "$files/objects"
