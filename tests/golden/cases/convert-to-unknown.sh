kmemlab convert x -o x.csv
