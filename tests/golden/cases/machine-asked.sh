# A machine that contradicts itself, its kernel, or the trace is refused before anything is written.
try() {
	kmemlab "$@" -q
	echo "exit $?"
	ls *.db w.kmt 2>/dev/null
}
yaml() {
	printf "$1" >m.yaml
	try replay tiny -m simulate -c m.yaml -o run.db
}
cp -r "$files/tiny" tiny
yaml 'machine:\n  memory: 64MiB\n  nodes: [{memory: 64MiB}]\n'
yaml 'machine:\n  nodes: [{memory: 64MiB}]\n  memory: 64MiB\n'
yaml 'machine:\n  memory: 1\n'
yaml 'machine:\n  nodes: [{cpus: [0-1]}]\n'
yaml 'machine:\n  arch: mips\n'
yaml 'machine:\n  page_size: 8192\n'
yaml 'machine:\n  memory: 64MiB\n  zones: {"": rest}\n'
yaml 'machine:\n  memory: 64MiB\n  zones: {ent: 4MiB, &ode: 0}\n'
yaml 'machine:\n  memory: 64MiB\n  zones: {"a: b": rest}\n'
yaml 'machine:\n  memory: 64MiB\n  zones: {Sixteen_letters_: rest}\n'
yaml 'machine:\n  memory: 64MiB\n  cma: [{name: "", size: 4MiB}]\n'
yaml 'machine:\n  memory: 64MiB\n  cma: [{name: "two words", size: 4MiB}]\n'
yaml 'machine:\n  memory: 64MiB\n  cma: [{size: 4MiB, name: "a\\"b"}]\n'
echo "a later file wins"
printf 'machine: {memory: 64MiB}\n' >a.yaml
printf 'machine: {nodes: [{memory: 32MiB}, {memory: 32MiB}]}\n' >b.yaml
kmemlab replay tiny -m simulate -c a.yaml -c b.yaml --print-config | grep -A 3 -e memory -e nodes | sed 3q
kmemlab replay tiny -m simulate -c b.yaml -c a.yaml --print-config | grep -e memory -e nodes
echo "of the capture, too"
try replay tiny -m simulate --from start --set machine.memory=64MiB -o run.db
sed '1,/^[^#]/ s/\[000\]/[001]/' tiny/trace.txt >trace.txt && mv trace.txt tiny/trace.txt
try replay tiny --set machine.cpus=1 -o run.db
echo "with the kernel"
cat >w.yaml <<'END'
machine: {memory: 64MiB}
workload:
  kinds: {page: {order: 0, gfp: GFP_KERNEL}}
  threads: [{do: [{alloc: 10}]}]
END
try gen w.yaml --set policy.kernel=2.6.34 --set 'machine.cma=[{size: 4MiB}]' -o w.kmt
try gen w.yaml --set policy.kernel=3.5 --set policy.watermark_boost_factor=0 -o w.kmt
try gen w.yaml --set policy.kernel=3.5 --set machine.arch=arm64 -o w.kmt
echo "a setting is told from its beginning"
try gen w.yaml --set "machine.memory=$(printf '%0300d' 7 | tr 0 9)" -o w.kmt
