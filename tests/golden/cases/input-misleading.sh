# Errors that name the cause and not its consequence.
cat >w.yaml <<'END'
machine: {memory: 64MiB}
workload:
  curve: it.curve
  kinds: {page: {order: 0, gfp: GFP_KERNEL}}
  threads: [{do: [{alloc: 10}]}]
END
printf 'source A paper, 1999\nmetric speed\nlabels round-\nseries all\n1 2\n' >it.curve
kmemlab gen -q w.yaml -o w.kmt
echo "exit $?"
sed -i 's/speed/free_pages/' it.curve
kmemlab gen -q w.yaml -o w.kmt
echo "exit $?"
head -c 16 w.kmt >head.kmt
head -c 40 w.kmt >more.kmt
for trace in head.kmt more.kmt; do
	kmemlab check $trace
	echo "exit $?"
	kmemlab replay $trace -o run.db
	echo "exit $?"
done
echo '            bash-42      [1500] .....     1.000001: kfree: call_site=a+0x1/0x2 ptr=0000000000000001' >far.txt
kmemlab check far.txt
echo "exit $?"
echo 'a-b [1500] of another matter' >far.txt
kmemlab check far.txt
echo "exit $?"
mkdir dir
kmemlab gen dir -o w.kmt
# a run instead of a trace, and a group that is none
cp -r "$files/tiny" tiny
kmemlab replay -q tiny -o run.db
kmemlab check run.db
echo "exit $?"
kmemlab stat tiny --group-by colour
