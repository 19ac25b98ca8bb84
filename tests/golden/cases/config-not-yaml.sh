printf 'machine:\n\tcpus: 2\n' >c.yaml
kmemlab check x -c c.yaml
echo "exit $?"
printf 'machine: {cpus: 2\n' >c.yaml
kmemlab check x -c c.yaml
echo "exit $?"
printf -- '- machine\n' >c.yaml
kmemlab check x -c c.yaml
echo "exit $?"
printf 'machine: {cpus: 2}\n---\nmachine: {cpus: 3}\n' >c.yaml
kmemlab check x -c c.yaml
