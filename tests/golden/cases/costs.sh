kmemlab list costs
echo 'costs: generic' >costs.yaml
kmemlab replay -c costs.yaml $files/tiny -o run.db
for view in v_latency v_cost_parts v_slowest v_stolen v_brackets; do sqlite3 -header run.db "SELECT * FROM $view"; done
sqlite3 -header run.db "SELECT item, ps, steps, verified FROM v_costs WHERE steps"
kmemlab report run.db --format text -o report | sed -n '/^What it takes/,/^Physical/p'
kmemlab replay -c costs.yaml --print-config $files/tiny -o run.db | sed -n '/^costs/,$p' >own.yaml
head -n 5 own.yaml
kmemlab replay -c own.yaml --print-config $files/tiny -o run.db | sed -n '/^costs/,$p' | cmp - own.yaml
echo 'costs: genric' >bad.yaml
kmemlab replay -c bad.yaml $files/tiny -o run.db
echo 'costs: {name: mine, split: 10}' >bad.yaml
kmemlab replay -c bad.yaml $files/tiny -o run.db
echo 'costs: {like: generic, splitt: 10}' >bad.yaml
kmemlab replay -c bad.yaml $files/tiny -o run.db
echo 'costs: {like: generic, split: -3}' >bad.yaml
kmemlab replay -c bad.yaml $files/tiny -o run.db
echo 'costs: {like: generic, split: {source: a guess}}' >bad.yaml
kmemlab replay -c bad.yaml $files/tiny -o run.db
echo 'costs: {like: generic, idle_after: 0}' >bad.yaml
kmemlab replay -c bad.yaml $files/tiny -o run.db
