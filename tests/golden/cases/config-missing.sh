kmemlab check x -c missing.yaml
