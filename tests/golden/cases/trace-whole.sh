kmemlab replay "$files/tiny" -o run.db && kmemlab check "$files/tiny"
echo "exit $?"
ls
