kmemlab list kernels && kmemlab list kernels --json
