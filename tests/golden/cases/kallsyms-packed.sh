# a table of symbols may be compressed; a cut one says so
gzip -c "$files/objects/System.map" >map.gz
kmemlab stat "$files/objects" --slab --caller --live -s name --kallsyms map.gz >packed.txt
kmemlab stat "$files/objects" --slab --caller --live -s name --kallsyms "$files/objects/System.map" | diff - packed.txt
echo "the same: $?"
head -c 40 map.gz >cut.gz
kmemlab stat "$files/objects" --kallsyms cut.gz
echo "exit $?"
echo nothing | gzip >none.gz
kmemlab stat "$files/objects" --kallsyms none.gz
echo "exit $?"
