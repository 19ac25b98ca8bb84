printf '# no such thing\npolicies:\n  min_free_kbytes: 1024\n' >c.yaml
kmemlab check x -c c.yaml
