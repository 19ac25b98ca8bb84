kmemlab replay x -o
