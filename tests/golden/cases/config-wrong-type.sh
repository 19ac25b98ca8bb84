printf 'machine:\n  cpus: two\n' >c.yaml
kmemlab check x -c c.yaml
echo "exit $?"
printf 'machine:\n  cpus: "2"\n' >c.yaml
kmemlab check x -c c.yaml
echo "exit $?"
printf 'machine:\n  cpus: [2]\n' >c.yaml
kmemlab check x -c c.yaml
echo "exit $?"
printf 'machine: 2\n' >c.yaml
kmemlab check x -c c.yaml
echo "exit $?"
printf 'policy:\n  lowmem_reserve_ratio: 256\n' >c.yaml
kmemlab check x -c c.yaml
echo "exit $?"
printf 'policy:\n  kernel: {a: 1}\n' >c.yaml
kmemlab check x -c c.yaml
