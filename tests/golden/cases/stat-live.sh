kmemlab stat "$files/objects" --live --caller --page
kmemlab stat "$files/objects" --slab --caller --live -s name --address --kallsyms "$files/objects/System.map"
