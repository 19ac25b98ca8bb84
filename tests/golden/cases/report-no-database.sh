kmemlab report missing.db -o out
