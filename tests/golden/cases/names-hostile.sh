cp -r "$files/tiny" bundle && chmod -R u+w bundle
label=$(printf '\033[2J"; drop table')
mkdir -p "bundle/snap/$label" "bundle/snap/<script>"
touch "bundle/snap/$label/vmstat" "bundle/snap/<script>/vmstat"
printf 'CPU:0 [LOST 5 EVENTS]\n' >>bundle/trace.txt
kmemlab check bundle
kmemlab check --json bundle
kmemlab check "$(printf 'no\033[2Jsuch')"
kmemlab "$(printf 'no\033[2Jsuch')"
kmemlab replay bundle -o run.db -m simulate --from "$(printf 'no\033[2Jsuch')"
