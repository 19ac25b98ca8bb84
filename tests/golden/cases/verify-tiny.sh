kmemlab verify "$files/tiny" --json >board.json
echo "exit $?"
python3 -c 'import json; b = json.load(open("board.json")); print(b["page.pfn"]["all"]["total"])'
kmemlab verify "$files/tiny" -q --min fallback=100
echo "exit $?"
