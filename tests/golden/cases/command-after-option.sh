kmemlab -q replay
