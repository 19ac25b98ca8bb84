kmemlab
