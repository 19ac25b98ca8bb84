# A limit on the size of files stands in for a disk that is full.
kmemlab replay -q "$files/tiny" -o run.db || exit
cp run.db before.db
trap '' XFSZ
ulimit -f 8
kmemlab replay "$files/tiny" -m predict -o run.db 2>said
echo "exit $?"
sed 's/: .*//' said
cmp run.db before.db && ls
