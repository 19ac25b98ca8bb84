mkdir d
printf 'machine:\n  cpus: 2\nextends: base.yaml\n' >d/a.yaml
kmemlab check x -c d/a.yaml
echo "exit $?"
printf 'extends: "."\n' >d/b.yaml
kmemlab check x -c d/b.yaml
echo "exit $?"
kmemlab check x -c d
