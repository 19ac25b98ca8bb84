kmemlab list metrics
