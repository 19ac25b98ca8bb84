kmemlab replay --strikt x
