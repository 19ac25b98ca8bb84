echo '            bash-42      [001] ..... 7.000001: kfree: call_site=a+0x1/0x2 ptr=ff' >in.txt
for range in 2,1 1.5 x, 1,2,3 1.0000000001, ; do
	kmemlab check --time $range in.txt
done
