for command in replay verify report check convert list; do
	kmemlab help "$command" >one && kmemlab "$command" -h >two && cmp one two || exit
done
