kmemlab help && kmemlab --help | cmp - /dev/fd/3 3<<END
$(kmemlab help)
END
