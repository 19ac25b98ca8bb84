kmemlab replay -x
