# Objects have a first miss, too; of what has no single event nothing can be shown.
kmemlab verify "$files/tiny" --first-miss object.ptr
echo "exit $?"
kmemlab verify "$files/tiny" --first-miss object.slab --json
kmemlab verify "$files/tiny" --first-miss slabinfo.delta
echo "exit $?"
