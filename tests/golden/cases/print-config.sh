kmemlab replay --print-config "$files/tiny" >one.yaml && cat one.yaml
kmemlab replay --print-config "$files/tiny" -c one.yaml | cmp - one.yaml
printf 'extends: one.yaml\nrecord:\n  samples: 7\n' >two.yaml
kmemlab replay --print-config "$files/tiny" -c two.yaml --set policy.min_free_kbytes=8192 | diff one.yaml -
