cp -r "$files/tiny" bundle && grep '^#' "$files/tiny/trace.txt" >bundle/trace.txt
kmemlab replay bundle -o run.db
echo "exit $?"
ls
