for command in replay verify report check convert list help; do
	echo "== $command"
	kmemlab "$command" --help
done
