kmemlab replay missing.dat -o x.db; echo "exit $?"; ls
