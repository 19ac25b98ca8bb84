# What stands in the output's place is lost to it only where it is an older one of its kind.
try() {
	kmemlab "$@" </dev/null
	echo "exit $?"
}
cat >w.yaml <<'END'
machine: {memory: 64MiB}
workload:
  kinds: {page: {order: 0, gfp: GFP_KERNEL}}
  threads: [{do: [{alloc: 10}]}]
END
echo 'dear diary' >notes.txt
cp notes.txt notes.kmt
mkdir d d.kmt d.txt d.db
cp -r "$files/tiny" tiny
ln -s w.yaml link.kmt
sqlite3 theirs.db 'CREATE TABLE diary (day TEXT)'
: >empty.kmt
for out in w.yaml link.kmt notes.kmt d d.kmt /dev/full theirs.db; do
	try gen -q w.yaml -o $out
done
try gen -q w.yaml -o empty.kmt
try gen -q w.yaml -o empty.kmt
for out in notes.kmt notes.txt d.kmt tiny/trace.txt; do
	try convert tiny -o $out
done
try convert empty.kmt -o empty.kmt
kmemlab convert - -o empty.kmt <empty.kmt
echo "exit $?"
try convert tiny -o tiny.txt
try convert tiny -o tiny.txt
try convert tiny -o tiny.kmt
try convert tiny.txt -o tiny.kmt
try convert tiny.kmt -o tiny.txt
for out in theirs.db notes.txt d.db empty.kmt; do
	try replay -q tiny -o $out
done
try replay -q tiny -o run.db
try replay -q tiny -o run.db
for out in notes.txt notes.txt/below /proc/report; do
	try report -q run.db -o $out
done
# a report that fails leaves no directory that it made
PATH=$(dirname "$(command -v kmemlab)")
try report -q run.db --format png -o new/below/report
for file in new new/below; do [ -e $file ] && echo "$file is left"; done
[ -s w.yaml ] && [ -s notes.kmt ]
