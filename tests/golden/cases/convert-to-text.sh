printf '%s\n' 'CPU:1 [LOST 7 EVENTS]' '            bash-42      [001] d.h2.     7.000001: kfree: call_site=a+0x1/0x2 ptr=00000000000000ff' >in.txt
kmemlab convert in.txt -o out.txt && cat out.txt
kmemlab convert --strict --time 8, in.txt -o out.txt; echo "exit $?"
kmemlab convert --strict in.txt -o out.kmt; echo "exit $?"
