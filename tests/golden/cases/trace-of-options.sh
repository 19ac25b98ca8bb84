# What ftrace's other tracers and options write has no events in it.
try() {
	printf '# tracer: %s\n%s\n' "$1" "$2" >t
	kmemlab check -q t
}
try function_graph ' 22.153459 |   1)     init-1     | ! 370.686 us  |  __vmalloc_node_range();'
try blk '  8,0    1        1     0.000000000  1234  Q   R 0 + 8 [dd]'
try nop '2002 1 17000004000 type: 545'
try nop 'kfree: call_site=a+0x1/0x2 ptr=00000000000000ff'
try nop '            bash-42      [001] .....     7.000001: kfree: call_site=0xff (255) ptr=0xff (255)'
{
	echo '            bash-42      [001] .....     7.000001: kfree: call_site=a ptr=ff'
	echo '            bash-42      [001] ..... 998877665544: kfree: call_site=a ptr=ff'
} >t
kmemlab check -q t
