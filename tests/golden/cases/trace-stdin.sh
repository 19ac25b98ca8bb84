kmemlab check - <"$files/tiny/trace.txt" | head -n 4
