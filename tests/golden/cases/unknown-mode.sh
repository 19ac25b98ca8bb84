echo >x
kmemlab replay x -m predikt -o x.db
