kmemlab replay x -o a.db -o b.db
