cp -r "$files/tiny" bundle && head -c 2000 "$files/tiny/trace.txt" >bundle/trace.txt
kmemlab replay bundle -o run.db
echo "exit $?"
kmemlab check -q bundle
echo "exit $?"
ls
