for setting in machine.cpus machine=2 machine.cpu=2 machin.cpus=2 machine.cpus= machine.cpus=two 'machine.cpus="2"' \
	'policy.lowmem_reserve_ratio=[256,x]' 'machine.cpus={'; do
	kmemlab check x --set "$setting"
	echo "exit $?"
done
