kmemlab gen -q --set machine.memory=128MiB "$files/../../../traces/workloads/e1-frag.yaml" -o e1.kmt
kmemlab replay -q e1.kmt -o e1.db
kmemlab report e1.db -o report | sed -n '/^  mixed/p; /published/,$p'
