kmemlab list readers
