mkdir d
printf 'machine:\n  cpus: 2\nextends: base.yaml\n' >d/a.yaml
kmemlab check x -c d/a.yaml
