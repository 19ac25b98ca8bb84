echo 'dear diary' >run.db
kmemlab replay "$files/tiny" -o run.db
echo "exit $?"
cat run.db
ls
