kmemlab verify "$files/tiny" --json >board.json
echo "exit $?"
python3 -c 'import json; b = json.load(open("board.json")); print(b["page.pfn"]["all"]["total"])'
kmemlab verify "$files/tiny" -q --min fallback=100
echo "exit $?"
kmemlab verify "$files/tiny" -q --min page.pfn:order=2=0
echo "exit $?"
kmemlab verify "$files/tiny" -q --min page.pfn:order=7=100
echo "exit $?"
kmemlab verify "$files/tiny" -q --min :all=1
