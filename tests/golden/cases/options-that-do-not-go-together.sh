kmemlab replay "$files/tiny" --forced -o run.db
kmemlab replay "$files/tiny" --from start -o run.db
kmemlab replay "$files/tiny" -m simulate --from start --set machine.memory=64MiB -o run.db
rm -rf bundle; cp -r "$files/tiny" bundle; rm -r bundle/snap/end
kmemlab replay bundle --re-anchor -o run.db
kmemlab verify "$files/tiny" --print-config --json
