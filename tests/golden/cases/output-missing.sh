kmemlab replay x
