mkdir bundle && cp -r "$files/tiny/meta" "$files/tiny/trace.txt" bundle
kmemlab replay bundle -o run.db
echo "exit $?"
kmemlab check bundle | tail -n 3
ls
