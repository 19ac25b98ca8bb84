# SPDX-License-Identifier: GPL-2.0-only
# bash: what may follow on kmemlab's command line, as 'kmemlab complete' says; files where it says nothing.
_kmemlab() {
	local program=${COMP_WORDS[0]} line word lead='' last i
	local -a words=()

	# bash parts words at '='; here they are whole
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((${#words[@]} > 0)) && [[ $word == = || ${COMP_WORDS[i - 1]} == = ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
	done
	last=${words[-1]}
	[[ $COMP_WORDBREAKS == *=* && $last == *=* ]] && lead=${last%=*}=

	COMPREPLY=()
	while IFS= read -r line; do
		word=${line%%$'\t'*}
		COMPREPLY+=("${word#"$lead"}")
		[[ $word == *= ]] && compopt -o nospace
	done < <("$program" complete -- "${words[@]}" 2>/dev/null)
}
complete -o default -F _kmemlab kmemlab
