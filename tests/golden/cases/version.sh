kmemlab --version
