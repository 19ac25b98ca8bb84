cp -r "$files/tiny" old && chmod -R u+w old
echo 'Linux version 2.4.37 (a@b) #1' >old/meta/version
kmemlab replay old -o run.db
echo "exit $?"
kmemlab replay old -o run.db --kernel 2.4
echo "exit $?"
kmemlab replay old -o run.db --kernel 6.1 -q && ls
