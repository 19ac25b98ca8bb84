kmemlab list slabs
