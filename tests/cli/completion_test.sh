#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What may follow on a command line: the program's own answers, then the shells that ask for them, as their users would.
set -u
cd "$(dirname "$0")/../.." || exit 3
kmemlab=$(realpath "${KMEMLAB:-build/kmemlab}")
scratch=$(mktemp -d) || exit 3
trap 'rm -rf "$scratch"' EXIT
ln -s "$kmemlab" "$scratch/kmemlab"
export PATH=$scratch:$PATH
failed=0

is() {
	[ "$2" = "$3" ] && return
	printf '%s:\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
	failed=1
}
words() { cut -f 1 | tr '\n' ' ' | sed 's/ $//'; }
asked() { kmemlab complete -- "$@" | words; }

is 'commands' 'replay report' "$(asked re)"
is 'every command' "$(kmemlab help | grep -c '^  [a-z]')" "$(kmemlab complete -- '' | wc -l)"
is 'modes' 'observe predict simulate' "$(asked replay --mode '')"
is 'modes by letter' 'predict' "$(asked replay -m pre)"
is 'a value in the same word' '--mode=predict' "$(asked replay --mode=p)"
is 'an option of the command' '--forced --from --format' "$(asked replay --fo) $(asked replay --from) $(asked report --form)"
is 'allocators, each once' 'slub slab slob' "$(asked replay --slab '')"
is 'tables' 'kernels' "$(asked list k)"
is 'commands to be helped with' 'sweep stat' "$(asked help s)"
is 'keys' 'machine.cpus=' "$(asked replay t.kmt --set machine.cpu)"
is 'after a whole option' '' "$(asked replay --mode=predict '')"
is 'files' '' "$(asked replay traces)"
is 'no such command' '' "$(asked nothing '')"
is 'kernels' "$(kmemlab list kernels | cut -d ' ' -f 1 | words)" "$(asked replay --kernel '')"

# bash: the function that Tab calls, given the words as bash parts them.
in_bash() {
	COMP_WORDS=(kmemlab "$@") COMP_CWORD=$# COMPREPLY=()
	_kmemlab 2>/dev/null
	echo "${COMPREPLY[*]}"
}
. completions/kmemlab.bash
is 'bash: command' 'verify' "$(in_bash ver)"
is 'bash: parted at =' 'predict' "$(in_bash replay --mode = p)"
is 'bash: just after =' 'observe predict simulate' "$(in_bash replay --mode =)"
is 'bash: bound to the name' 'complete -o default -F _kmemlab kmemlab' "$(complete -p kmemlab)"

if command -v fish >/dev/null; then
	in_fish() { XDG_CONFIG_HOME=$scratch XDG_DATA_HOME=$scratch fish --no-config -c "source completions/kmemlab.fish; complete -C '$1'" | words; }
	is 'fish: command' 'verify' "$(in_fish 'kmemlab ver')"
	is 'fish: value' '--mode=predict' "$(in_fish 'kmemlab replay --mode=pre')"
	is 'fish: files' 'traces/samples/' "$(in_fish 'kmemlab replay traces/sam')"
fi
if command -v zsh >/dev/null; then
	# the function that Tab calls, with the words as zsh parts them; what it adds is printed
	cat >"$scratch/ask.zsh" <<-'ASK'
		compadd() { print -r -- "${(P)@[-1]}"; }
		_files() { print files; }
		tab() {
			local -a words=(kmemlab "$@")
			local CURRENT=$#words PREFIX=$words[-1]
			. completions/_kmemlab
		}
		tab "$@"
	ASK
	in_zsh() { zsh -f "$scratch/ask.zsh" "$@"; }
	is 'zsh: command' 'verify' "$(in_zsh ver)"
	is 'zsh: value' '--mode=predict' "$(in_zsh replay --mode=pre)"
	is 'zsh: values' 'observe predict simulate' "$(in_zsh replay --mode '')"
	is 'zsh: files' 'files' "$(in_zsh replay traces/sam)"
fi
exit $failed
