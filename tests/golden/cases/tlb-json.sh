cat >own.yaml <<'END'
tlb:
  like: skylake
  name: own
  describe: two arrays, the rest as skylake
  source: made up
  arrays:
    - {name: "D", for: [load, store], pages: [4KiB, 2MiB], entries: {value: 8, source: measured, verified: secondary},
       ways: {value: 4, source: guessed}, replacement: tree-plru, index: xor}
    - {name: "I", for: fetch, pages: 4KiB, entries: 4, ways: 2, replacement: {value: fifo, verified: yes}}
  walk_caches: []
  table_lines: {entries: 8, ways: 2, cycles: 7}
END
printf ' L 1000,4\n S 2000,4\nI  400000,3\n L 1004,4\n' | kmemlab tlb --json -c own.yaml -
