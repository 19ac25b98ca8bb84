kmemlab replay --json=yes x -o a.db
