kmemlab stat --help
kmemlab leaks --help
