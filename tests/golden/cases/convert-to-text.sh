kmemlab convert x -o x.txt
