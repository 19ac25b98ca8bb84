kmemlab replay "$files/tiny" -o nowhere/run.db
echo "exit $?"
kmemlab convert "$files/tiny" -o nowhere/run.kmt
