kmemlab help >/dev/full
