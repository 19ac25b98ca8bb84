kmemlab leaks "$files/objects"
kmemlab leaks --min-age 1 -s growth -n 2 --slab "$files/objects"
kmemlab leaks --json --page "$files/objects"
kmemlab leaks --csv --kallsyms "$files/objects/System.map" "$files/objects"
