echo 'extends: b.yaml' >a.yaml
echo 'extends: a.yaml' >b.yaml
kmemlab check x -c a.yaml
