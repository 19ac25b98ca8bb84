kmemlab repaly x.dat -o x.db
