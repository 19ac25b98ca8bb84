kmemlab list tlbs
