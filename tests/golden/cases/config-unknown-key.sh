printf 'policy:\n  min_free_kbyte: 1024\n' >c.yaml
kmemlab check x -c c.yaml
