mkdir -p bundle/meta
kmemlab check bundle
