# Three blocks: what stands before a cut, and before a changed byte, is there. Where that is, is said; the
# numbers depend on the packer.
awk 'BEGIN { for (i = 0; i < 700000; i++)
	printf "            bash-42      [001] ..... %6d.000001: kfree: call_site=a+0x1/0x2 ptr=%016x\n", i, i * 2654435761 % 2147483648 }' >t.txt
kmemlab convert t.txt -o t.kmt
size=$(wc -c <t.kmt)
numbers() { sed 's/after block [0-9]*, at byte [0-9]*/after block N, at byte N/'; }
count() { sed -n 's/^ "events": \([0-9]*\), .*"truncated": \([a-z]*\),.*/\1 \2/p'; }
head -c $((size * 6 / 10)) t.kmt >cut.kmt
kmemlab check --json cut.kmt 2>said | count | awk '{ print ($1 > 200000 && $1 < 700000 ? "a part" : $1), $2 }'
numbers <said
cp t.kmt changed.kmt
printf 'XXXXXXXX' | dd of=changed.kmt bs=1 seek=$((size * 6 / 10)) conv=notrunc status=none
kmemlab check --json changed.kmt 2>said | count | awk '{ print ($1 > 200000 && $1 < 700000 ? "a part" : $1), $2 }'
numbers <said
kmemlab check --json t.kmt | count
kmemlab check --json --time 150000,150009 t.kmt | count
kmemlab convert t.kmt -o again.txt && kmemlab convert again.txt -o again.kmt && cmp t.kmt again.kmt
