kmemlab stat --csv --caller --cache --task --gfp "$files/objects"
