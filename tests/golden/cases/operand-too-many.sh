kmemlab check a b
