{
	cat "$files/tiny/trace.txt"
	awk 'BEGIN { for (i = 0; i < 30000; i++) print "# a comment that makes the trace longer than memory has room for" }'
} | TMPDIR=$PWD/none kmemlab convert - -o t.txt 2>err
echo "exit $?"
sed "s#$PWD#HERE#" err
ls
