# SPDX-License-Identifier: GPL-2.0-only
# fish: what may follow on kmemlab's command line, as 'kmemlab complete' says; files where it says nothing.
function __kmemlab_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l found ($words[1] complete -- $words[2..-1] "$last" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$last"
    end
end
complete -c kmemlab -f -a '(__kmemlab_complete)'
