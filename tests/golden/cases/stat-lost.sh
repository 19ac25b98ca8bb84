cp -r "$files/objects" bundle
sed '/CPU#/,/FUNCTION/!s/^#$/&/; $i CPU:0 [LOST 7 EVENTS]' "$files/objects/trace.txt" >bundle/trace.txt
kmemlab stat bundle --slab
kmemlab stat bundle --slab --strict --csv
echo "exit $?"
kmemlab leaks bundle --strict
sed 's/\[LOST 7 EVENTS\]/[LOST EVENTS]/' bundle/trace.txt >uncounted.txt
kmemlab leaks uncounted.txt
kmemlab leaks --json uncounted.txt
kmemlab stat --slab --csv uncounted.txt
