kmemlab replay "$files/cma" -q -o run.db
kmemlab report run.db --format text,csv -o made >said
sed -n '/^Contiguous memory/,/^$/p' made/report.txt
head -n 3 made/cma_allocs.csv made/cma_tries.csv made/cma_map.csv made/failures.csv | tr -d '\r'
grep -c . made/cma_map.csv
