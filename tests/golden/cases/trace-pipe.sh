cat "$files/tiny/trace.txt" | kmemlab stat - | head -n 3
kmemlab convert "$files/tiny/trace.txt" -o t.kmt && kmemlab convert "$files/tiny/trace.txt" -o t.txt.gz
cat t.kmt | kmemlab stat - | head -n 3
cat t.txt.gz | kmemlab convert - -o back.txt && gzip -dc t.txt.gz | cmp - back.txt && echo same
head -c 2000 "$files/tiny/trace.txt" | kmemlab stat - >cut.txt
echo "exit $?"
head -c 400 t.txt.gz | kmemlab stat - >cut.txt
echo "exit $?"
ls
