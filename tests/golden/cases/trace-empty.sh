: >empty
for command in check verify "replay -o x.db" "convert -o x.kmt"; do
	kmemlab $command empty
	echo "exit $?"
done
ls
