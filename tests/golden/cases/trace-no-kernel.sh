cp -r "$files/tiny" bundle && rm bundle/meta/version
kmemlab replay bundle -o run.db
echo "exit $?"
kmemlab check bundle | tail -n 3
kmemlab replay bundle --kernel 6.1 -q -o run.db && ls
