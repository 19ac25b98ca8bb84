kmemlab stat --caller "$files/stacks"
kmemlab stat --csv --group-by module,task,cache "$files/stacks"
kmemlab leaks "$files/stacks"
kmemlab leaks --csv --group-by directory --address "$files/stacks"
# Both ways through .kmt nothing is lost.
kmemlab convert "$files/stacks" -o stacks.kmt
kmemlab convert stacks.kmt -o stacks.txt
grep ' => ' "$files/stacks/trace.txt" >before
grep ' => ' stacks.txt | cmp before - && echo same
kmemlab stat --csv --caller stacks.txt
