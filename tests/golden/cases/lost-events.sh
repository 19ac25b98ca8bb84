cp -r "$files/tiny" bundle
{ cat "$files/tiny/trace.txt"; echo 'CPU:0 [LOST 73 EVENTS]'; tail -n 1 "$files/tiny/trace.txt"; } >bundle/trace.txt
kmemlab replay -q bundle -o run.db
echo "exit $?"
kmemlab replay -q --strict bundle -o run.db
echo "exit $?"
kmemlab verify -q --strict bundle
echo "exit $?"
kmemlab check -q bundle
