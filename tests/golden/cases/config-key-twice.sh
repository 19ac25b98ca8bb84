printf 'machine:\n  cpus: 1\n  cpus: 2\n' >c.yaml
kmemlab check x -c c.yaml
