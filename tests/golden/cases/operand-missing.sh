kmemlab check
