# What was lost stays the same from text to .kmt to text to .kmt.
for form in overwritten pipe-lost; do
	kmemlab convert "$files/../../traces/files/$form.txt" -o a.kmt
	kmemlab convert a.kmt -o b.txt
	kmemlab convert b.txt -o c.kmt && cmp a.kmt c.kmt
	kmemlab convert c.kmt -o d.txt && cmp b.txt d.txt
	for f in a.kmt b.txt; do
		kmemlab check --json "$f" | grep '"losses"'
	done
	kmemlab convert --strict b.txt -o d.kmt
	echo "exit $?"
done
rm -rf bundle; mkdir -p bundle/meta
cp "$files/../../traces/files/overwritten.txt" bundle/trace.txt
printf 'cpu0\noverrun: 19000\ncpu1\noverrun: 800\ndropped events: 3\n' >bundle/meta/ring_stats
kmemlab convert bundle -o a.kmt
kmemlab convert a.kmt -o b.txt
grep '^# kmemlab lost\|^# entries' b.txt
for f in bundle a.kmt b.txt; do
	kmemlab check --json "$f" | grep '"losses"'
done
kmemlab stat --slab a.kmt | grep LOST
