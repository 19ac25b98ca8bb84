kmemlab stat --json --caller --cache --time 10.5,12 "$files/objects" | tee json
python3 -m json.tool json >/dev/null && echo well-formed
