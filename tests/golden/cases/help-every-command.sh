for command in replay verify report check convert gen capture list help; do
	echo "== $command"
	kmemlab "$command" --help
done
