kmemlab stat --caller "$files/objects"
kmemlab stat --cache --task --gfp --alloc -n 3 "$files/objects"
