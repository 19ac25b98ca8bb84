kmemlab list plots
