kmemlab replay '' -o run.db
kmemlab stat ''
kmemlab report '' -o out
